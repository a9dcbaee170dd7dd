"""Orders as JSON, and the bodies that orders are made from."""

from functools import cache
from typing import Any, Self
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.common.api.fields import (
    CurrencyField,
    MoneyField,
    QuantityField,
    SparseFieldsMixin,
    TextField,
    media_url,
)
from orders.checkout.place import OrderRequest, WantedItem
from orders.constants import MAX_ITEMS, SELLER_STEPS, ActorKind, OrderStatus, PaymentMethod
from orders.fulfilment.api.serializers import (
    SellerShipmentSerializer,
    ShipmentSerializer,
    last_shipment,
)
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.api.serializers import RefundSerializer
from orders.payments.models import Payment
from orders.returns.api.querysets import for_api, refunds_for_api
from orders.returns.api.serializers import ReturnSerializer, SellerReturnSerializer
from orders.selectors import checkout_status
from shops.api.shipping import ShippingOptionSerializer
from shops.models import Shop
from shops.shipping.constants import Carrier
from vouchers.allocation import Outcome
from vouchers.api.serializers import VoucherCodeField
from vouchers.constants import MAX_CODES, Reason, VoucherKind


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


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """A payment as its buyer sees it; what a method does not use is null."""

    amount = MoneyField(read_only=True)
    redirect_url = serializers.SerializerMethodField()
    client_secret = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = (
            "id",
            "provider",
            "status",
            "amount",
            "currency",
            "redirect_url",
            "client_secret",
            "expires_at",
        )
        read_only_fields = fields

    def get_redirect_url(self, payment: Payment) -> str | None:
        return payment.redirect_url or None

    def get_client_secret(self, payment: Payment) -> str | None:
        return payment.client_secret or None


class CheckoutSerializer(serializers.ModelSerializer[Checkout]):
    """The sums of a checkout; its status follows from its orders."""

    status = serializers.SerializerMethodField()
    subtotal = MoneyField(source="subtotal_amount", read_only=True)
    discount = MoneyField(source="discount_amount", read_only=True)
    shipping_fee = MoneyField(source="shipping_fee_amount", read_only=True)
    tax = MoneyField(source="tax_amount", read_only=True)
    total = MoneyField(source="total_amount", read_only=True)

    class Meta:
        model = Checkout
        fields = (
            "id",
            "status",
            "payment_method",
            "subtotal",
            "discount",
            "shipping_fee",
            "tax",
            "total",
            "currency",
            "expires_at",
            "created_at",
        )
        read_only_fields = fields

    def get_status(self, checkout: Checkout) -> str:
        return checkout_status(order.status for order in checkout.orders.all())


class PlacedOrderSerializer(serializers.Serializer[Any]):
    """The answer to an order: the checkout, its orders, one per shop, and how to pay."""

    checkout = CheckoutSerializer(read_only=True)
    orders = OrderDetailSerializer(many=True, read_only=True)
    payment = PaymentSerializer(read_only=True)


class QuoteLineSerializer(serializers.Serializer[Any]):
    variant_id = serializers.UUIDField(read_only=True)
    product_id = serializers.UUIDField(read_only=True)
    title = serializers.CharField(read_only=True)
    variant_name = serializers.CharField(read_only=True)
    sku = serializers.CharField(read_only=True)
    image_url = serializers.SerializerMethodField()
    unit_price = MoneyField(source="unit_price_amount", read_only=True)
    quantity = serializers.IntegerField(read_only=True)
    line_total = MoneyField(source="line_total_amount", read_only=True)
    discount = MoneyField(source="discount_amount", read_only=True)

    def get_image_url(self, line: Any) -> str | None:
        return media_url(line.image)


class QuoteShopSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="shop_id", read_only=True)
    name = serializers.CharField(source="shop_name", read_only=True)
    slug = serializers.CharField(source="shop_slug", read_only=True)


class ShopQuoteSerializer(serializers.Serializer[Any]):
    """One shop's part of a quote."""

    shop = QuoteShopSerializer(source="*", read_only=True)
    items = QuoteLineSerializer(source="lines", many=True, read_only=True)
    shipping = ShippingOptionSerializer(read_only=True)
    shipping_options = ShippingOptionSerializer(many=True, read_only=True)
    subtotal = MoneyField(source="subtotal_amount", read_only=True)
    discount = MoneyField(
        source="discount_amount", read_only=True, help_text="On goods and shipping together."
    )
    shipping_discount = MoneyField(source="shipping_discount_amount", read_only=True)
    shipping_fee = MoneyField(source="shipping_fee_amount", read_only=True)
    tax = MoneyField(source="tax_amount", read_only=True)
    total = MoneyField(source="total_amount", read_only=True)


class QuoteVoucherSerializer(serializers.Serializer[Any]):
    """What a voucher takes off, or why it takes off nothing and what is missing."""

    code = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True, help_text="Empty for one that does not apply.")
    is_applied = serializers.BooleanField(read_only=True)
    discount = MoneyField(source="discount_amount", read_only=True)
    reason = serializers.ChoiceField(choices=Reason.choices, read_only=True, allow_null=True)
    message = serializers.CharField(read_only=True, help_text="The reason for people, or empty.")
    missing_amount = MoneyField(
        read_only=True, allow_null=True, help_text="What is left to the least spend."
    )


class QuoteSerializer(serializers.Serializer[Any]):
    """What an order would cost now, per shop and in all."""

    currency = CurrencyField()
    groups = ShopQuoteSerializer(many=True, read_only=True)
    vouchers = serializers.SerializerMethodField()
    subtotal = MoneyField(source="subtotal_amount", read_only=True)
    discount = MoneyField(
        source="discount_amount", read_only=True, help_text="On goods and shipping together."
    )
    shipping_discount = MoneyField(source="shipping_discount_amount", read_only=True)
    shipping_fee = MoneyField(source="shipping_fee_amount", read_only=True)
    tax = MoneyField(source="tax_amount", read_only=True)
    total = MoneyField(source="total_amount", read_only=True)

    @extend_schema_field(QuoteVoucherSerializer(many=True))
    def get_vouchers(self, quote: Any) -> Any:
        return QuoteVoucherSerializer(_voucher_rows(quote.vouchers), many=True).data


def _voucher_rows(outcome: Outcome) -> list[dict[str, Any]]:
    applied = [
        {
            "code": row.terms.code,
            "name": row.terms.name,
            "is_applied": True,
            "discount_amount": row.whole.amount,
            "reason": None,
            "message": "",
            "missing_amount": None,
        }
        for row in outcome.applied
    ]
    refused = [
        {
            "code": row.code,
            "name": "",
            "is_applied": False,
            "discount_amount": 0,
            "reason": row.reason,
            "message": row.message,
            "missing_amount": row.missing_amount or None,
        }
        for row in outcome.refused
    ]
    return applied + refused


class WantedItemInput(serializers.Serializer[None]):
    product_id = serializers.UUIDField(required=False)
    variant_id = serializers.UUIDField(required=False)
    quantity = QuantityField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "variant_id" not in attrs and "product_id" not in attrs:
            raise serializers.ValidationError(
                {"variant_id": "Name a variant, or a product that has just one."}, code="required"
            )
        return attrs


class PlaceOrderInput(serializers.Serializer[None]):
    """What to order; without `items` the whole cart."""

    items: Any = serializers.ListSerializer(
        child=WantedItemInput(), required=False, allow_empty=False, max_length=MAX_ITEMS
    )
    address_id = serializers.UUIDField()
    billing_address_id = serializers.UUIDField(required=False, allow_null=True)
    payment_method = serializers.ChoiceField(
        choices=PaymentMethod.choices, default=PaymentMethod.COD
    )
    voucher_codes = serializers.ListField(
        child=VoucherCodeField(),
        required=False,
        max_length=MAX_CODES,
        help_text="One of the platform, one per shop and one for shipping; case does not matter.",
    )
    best_vouchers = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Choose the set that takes most off, from `voucher_codes` and those on offer.",
    )
    shipping = serializers.DictField(
        child=TextField(max_length=50), required=False, help_text="Service code by shop id."
    )
    note = TextField(max_length=500, required=False, allow_blank=True, default="")
    expected_total = MoneyField(required=False, allow_null=True)

    def validate_shipping(self, value: dict[str, str]) -> dict[UUID, str]:
        try:
            return {UUID(shop_id): code for shop_id, code in value.items()}
        except ValueError as error:
            raise serializers.ValidationError("Its keys are shop ids.", code="invalid") from error

    @classmethod
    def read(cls, body: Any) -> OrderRequest:
        """Return a request's body as the service takes it. Raises: ValidationError."""
        data = dict(cls._shared().run_validation(body))
        items = data.pop("items", None)
        return OrderRequest(
            items=None if items is None else [WantedItem(**item) for item in items], **data
        )

    @classmethod
    @cache
    def _shared(cls) -> Self:
        """One for all requests: to copy its fields takes longer than to validate by them."""
        return cls()


class PayCheckoutInput(serializers.Serializer[None]):
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)


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
