"""What a checkout is made from and answers: quotes, placed orders, payments."""

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
from orders.api.serializers import OrderDetailSerializer
from orders.checkout.place import OrderRequest, WantedItem
from orders.constants import MAX_ITEMS, PaymentMethod
from orders.models import Checkout
from orders.payments.models import Payment
from orders.selectors import checkout_status
from shops.api.shipping import ShippingOptionSerializer
from vouchers.allocation import Outcome
from vouchers.api.serializers import VoucherCodeField
from vouchers.constants import MAX_CODES, Reason


class PaymentSerializer(SparseFieldsMixin, serializers.ModelSerializer[Payment]):
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


class CheckoutSerializer(SparseFieldsMixin, serializers.ModelSerializer[Checkout]):
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
