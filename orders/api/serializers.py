"""Orders as JSON, and what their buyers and sellers do with them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common.api.fields import (
    MoneyField,
    SparseFieldsMixin,
    TextField,
    media_url,
)
from orders.constants import SELLER_STEPS, ActorKind, OrderStatus
from orders.fulfilment.api.serializers import (
    SellerShipmentSerializer,
    ShipmentSerializer,
    last_shipment,
)
from orders.models import Order, OrderEvent, OrderItem
from orders.payments.api.serializers import RefundSerializer
from orders.returns.api.querysets import for_api, refunds_for_api
from orders.returns.api.serializers import ReturnSerializer, SellerReturnSerializer
from shops.models import Shop
from shops.shipping.constants import Carrier
from vouchers.constants import VoucherKind


class OrderShopSerializer(serializers.ModelSerializer[Shop]):
    class Meta:
        model = Shop
        fields = ("id", "name", "slug")
        read_only_fields = fields


class OrderItemSerializer(serializers.ModelSerializer[OrderItem]):
    """A line with its copy of the product as it was when it was bought."""

    variant_id = serializers.UUIDField(read_only=True)
    image_url = serializers.SerializerMethodField()
    unit_price = MoneyField(source="unit_price_amount", read_only=True)
    line_total = MoneyField(source="line_total_amount", read_only=True)
    discount = MoneyField(source="discount_amount", read_only=True)

    class Meta:
        model = OrderItem
        fields = (
            "id",
            "product_id",
            "variant_id",
            "title",
            "variant_name",
            "sku",
            "image_url",
            "attributes",
            "unit_price",
            "quantity",
            "line_total",
            "discount",
        )
        read_only_fields = fields

    def get_image_url(self, item: OrderItem) -> str | None:
        return media_url(item.image)


class TimelineSerializer(serializers.ModelSerializer[OrderEvent]):
    status = serializers.ChoiceField(
        source="to_status", choices=OrderStatus.choices, read_only=True
    )
    at = serializers.DateTimeField(source="created_at", read_only=True)
    by = serializers.ChoiceField(source="actor_kind", choices=ActorKind.choices, read_only=True)

    class Meta:
        model = OrderEvent
        fields = ("status", "at", "by", "note")
        read_only_fields = fields


class OrderSerializer(SparseFieldsMixin, serializers.ModelSerializer[Order]):
    """An order in a list; amounts are decimal strings in `currency`."""

    checkout_id = serializers.UUIDField(read_only=True)
    shop = OrderShopSerializer(read_only=True)
    items = OrderItemSerializer(many=True, read_only=True)
    subtotal = MoneyField(source="subtotal_amount", read_only=True)
    discount = MoneyField(
        source="discount_amount", read_only=True, help_text="On goods and shipping together."
    )
    shipping_discount = MoneyField(source="shipping_discount_amount", read_only=True)
    shipping_fee = MoneyField(source="shipping_fee_amount", read_only=True)
    tax = MoneyField(source="tax_amount", read_only=True)
    total = MoneyField(source="total_amount", read_only=True)

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            "id",
            "number",
            "checkout_id",
            "shop",
            "status",
            "payment_status",
            "payment_method",
            "items",
            "subtotal",
            "discount",
            "shipping_discount",
            "shipping_fee",
            "tax",
            "total",
            "currency",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class AddressSnapshotSerializer(serializers.Serializer[Any]):
    """An address as it was when the order was placed."""

    recipient_name = serializers.CharField(read_only=True)
    phone_number = serializers.CharField(read_only=True)
    line1 = serializers.CharField(read_only=True)
    line2 = serializers.CharField(read_only=True)
    ward = serializers.CharField(read_only=True)
    district = serializers.CharField(read_only=True)
    province = serializers.CharField(read_only=True)
    postal_code = serializers.CharField(read_only=True)
    country = serializers.CharField(read_only=True)


class OrderVoucherSerializer(serializers.Serializer[Any]):
    """What a voucher took off an order, as it was then."""

    code = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=VoucherKind.choices, read_only=True)
    discount = MoneyField(source="discount_amount", read_only=True)


class OrderDetailSerializer(OrderSerializer):
    """An order whole: with addresses, parcel and timeline."""

    vouchers = OrderVoucherSerializer(many=True, read_only=True)

    shipping_address = AddressSnapshotSerializer(read_only=True)
    billing_address = AddressSnapshotSerializer(read_only=True)
    shipment = serializers.SerializerMethodField()
    shipments = ShipmentSerializer(many=True, read_only=True)
    timeline = TimelineSerializer(source="events", many=True, read_only=True)
    refunds = serializers.SerializerMethodField()
    returns = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        fields = (
            *OrderSerializer.Meta.fields,
            "vouchers",
            "shipping_address",
            "billing_address",
            "shipping_carrier",
            "shipping_service_code",
            "shipping_service_name",
            "shipping_fee_is_estimate",
            "note",
            "cancel_reason",
            "placed_at",
            "confirmed_at",
            "packed_at",
            "shipped_at",
            "delivered_at",
            "completed_at",
            "cancelled_at",
            "shipment",
            "shipments",
            "timeline",
            "refunds",
            "returns",
        )
        read_only_fields = fields

    @extend_schema_field(ShipmentSerializer(allow_null=True))
    def get_shipment(self, order: Order) -> dict[str, Any] | None:
        """The order's parcel: the last one that was not called off."""
        return last_shipment(order, ShipmentSerializer)

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, order: Any) -> list[Any]:
        if not order.has_refunds:
            return []
        rows = refunds_for_api(order.refunds.order_by("pk"))
        return list(RefundSerializer(rows, many=True).data)

    @extend_schema_field(ReturnSerializer(many=True))
    def get_returns(self, order: Any) -> list[Any]:
        return self._returns(order, ReturnSerializer)

    @staticmethod
    def _returns(order: Any, serializer: type[ReturnSerializer]) -> list[Any]:
        if not order.has_returns:
            return []
        return list(serializer(for_api(order.returns.order_by("pk")), many=True).data)


class SellerOrderSerializer(OrderSerializer):
    """A shop's order in a list: the buyer by name only."""

    buyer_name = serializers.CharField(source="buyer.full_name", read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = (*OrderSerializer.Meta.fields, "buyer_name")
        read_only_fields = fields


class SellerOrderDetailSerializer(OrderDetailSerializer):
    """A shop's order whole: where to send it, but nothing else of the buyer.

    Of the discount it says who pays for how much; the buyer's codes may be somebody else's.
    """

    billing_address = None  # type: ignore[assignment] # the buyer's affair
    vouchers = None  # type: ignore[assignment]
    buyer_name = serializers.CharField(source="buyer.full_name", read_only=True)
    discount_paid_by_shop = MoneyField(source="whole_seller_discount_amount", read_only=True)
    discount_paid_by_platform = MoneyField(source="whole_platform_discount_amount", read_only=True)

    class Meta(OrderDetailSerializer.Meta):
        fields = (
            *(
                name
                for name in OrderDetailSerializer.Meta.fields
                if name not in {"billing_address", "vouchers"}
            ),
            "buyer_name",
            "discount_paid_by_shop",
            "discount_paid_by_platform",
        )
        read_only_fields = fields

    shipments = SellerShipmentSerializer(many=True, read_only=True)

    @extend_schema_field(SellerShipmentSerializer(allow_null=True))
    def get_shipment(self, order: Order) -> dict[str, Any] | None:
        """The order's parcel: the last one that was not called off."""
        return last_shipment(order, SellerShipmentSerializer)

    @extend_schema_field(SellerReturnSerializer(many=True))
    def get_returns(self, order: Any) -> list[Any]:
        return self._returns(order, SellerReturnSerializer)


class CancelOrderInput(serializers.Serializer[None]):
    reason = TextField(max_length=500)


class ChangeOrderStatusInput(serializers.Serializer[None]):
    """A seller's step; `reason` is required to cancel, carrier and tracking belong to shipping."""

    status = serializers.ChoiceField(choices=SELLER_STEPS)
    carrier = serializers.ChoiceField(choices=Carrier.choices, required=False)
    tracking_number = TextField(max_length=100, required=False, allow_blank=True)
    reason = TextField(max_length=500, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["status"] == OrderStatus.CANCELLED and not attrs.get("reason"):
            raise serializers.ValidationError(
                {"reason": "Say why: the buyer reads it."}, code="required"
            )
        return attrs

    def to_change(self) -> dict[str, Any]:
        """Return the validated body as `change_status` takes it."""
        data = dict(self.validated_data)
        data["to_status"] = OrderStatus(data.pop("status"))
        return data
