"""What a cart looks like from outside, and what its changes take."""

from functools import cache
from typing import Any, Self

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from cart.constants import MAX_LINES, CartWarning
from cart.selectors import CartView, Group, Line, LineWarning, ShopRef
from marketplace.common.api.fields import (
    CurrencyField,
    MediaUrlField,
    MoneyField,
    QuantityField,
    SparseFieldsMixin,
    StrictIntegerField,
    TextField,
)
from shops.api.shipping import ShippingOptionSerializer


class CartShopSerializer(serializers.Serializer[ShopRef]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()


class CartItemSerializer(serializers.Serializer[Line]):
    """One line at today's price; `price_changed` since it was added."""

    id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    variant_id = serializers.UUIDField()
    title = serializers.CharField()
    variant_name = serializers.CharField()
    sku = serializers.CharField()
    thumbnail_url = MediaUrlField(source="thumbnail")
    unit_price = MoneyField(source="unit_price_amount")
    quantity = serializers.IntegerField()
    line_total = MoneyField(source="line_total_amount")
    available = serializers.IntegerField()
    price_changed = serializers.BooleanField()


class CartGroupSerializer(serializers.Serializer[Group]):
    """The lines of one shop: they become one order."""

    shop = CartShopSerializer()
    items = CartItemSerializer(many=True)
    subtotal = MoneyField(source="subtotal_amount")
    shipping_options = ShippingOptionSerializer(
        many=True, help_text="Cheapest first; empty where the request names no destination."
    )


class CartWarningSerializer(serializers.Serializer[LineWarning]):
    """One remark on one line. An `unavailable` line is here only, and in no total."""

    code = serializers.ChoiceField(choices=CartWarning.choices)
    item_id = serializers.UUIDField(source="line.id")
    variant_id = serializers.UUIDField(source="line.variant_id")
    title = serializers.CharField(source="line.title")
    quantity = serializers.IntegerField(source="line.quantity")
    available = serializers.IntegerField(source="line.available")
    unit_price = MoneyField(source="line.unit_price_amount")
    previous_unit_price = MoneyField(source="line.added_price_amount")
    message = serializers.CharField()


class CartSerializer(SparseFieldsMixin, serializers.Serializer[CartView]):
    """A cart, grouped by shop. `id` is null while nothing was ever put in; `token` is a guest's."""

    id = serializers.UUIDField(allow_null=True)
    token = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    currency = CurrencyField()
    item_count = serializers.IntegerField(help_text="Units of all lines that can be bought.")
    subtotal = MoneyField(source="subtotal_amount")
    groups = CartGroupSerializer(many=True)
    warnings = CartWarningSerializer(many=True)


class SyncedCartSerializer(CartSerializer):
    """A cart after a sync; `dropped` are the variants that could not be taken."""

    dropped = serializers.ListField(child=serializers.UUIDField())


class DestinationInput(serializers.Serializer[None]):
    """Where the goods would go: one of the caller's addresses, or a province and what is known."""

    address_id = serializers.UUIDField(
        required=False, help_text="Ways and prices of shipping to this address of the caller's."
    )
    province = TextField(
        max_length=100, required=False, help_text="The same for whoever has no address yet."
    )
    district = TextField(max_length=100, required=False, allow_blank=True)
    ward = TextField(max_length=100, required=False, allow_blank=True)


class VersionInput(serializers.Serializer[None]):
    """The version the caller has seen; another one stored is 409 `cart_version_conflict`."""

    expected_version = StrictIntegerField(required=False, allow_null=True, default=None)


@extend_schema_serializer(component_name="AddItem")
class AddItemInput(VersionInput):
    """A variant, or a product that has just one."""

    product_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    variant_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    quantity = QuantityField()

    @classmethod
    def read(cls, body: Any) -> dict[str, Any]:
        """Return a request's body validated. Raises: ValidationError."""
        values: dict[str, Any] = cls._shared().run_validation(body)
        return values

    @classmethod
    @cache
    def _shared(cls) -> Self:
        """One for all requests: to copy its fields takes longer than to validate by them."""
        return cls()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["product_id"] is None and attrs["variant_id"] is None:
            raise serializers.ValidationError(
                {"variant_id": "Name a variant_id, or the product_id of a product with one."},
                code="required",
            )
        return attrs


@extend_schema_serializer(component_name="ChangeItem")
class ChangeItemInput(VersionInput):
    quantity = QuantityField()


class SyncLineInput(serializers.Serializer[None]):
    variant_id = serializers.UUIDField()
    quantity = QuantityField()


@extend_schema_serializer(component_name="SyncCart")
class SyncCartInput(VersionInput):
    items = serializers.ListField(child=SyncLineInput(), max_length=MAX_LINES)
