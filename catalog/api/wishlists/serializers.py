"""Wishlists as their owners and those with the link see them."""

from typing import Any

from rest_framework import serializers

from catalog.api.saved import (
    IsAvailableField,
    PresentPriceField,
    SavedProductField,
    SavedVariantField,
)
from catalog.wishlists.constants import MAX_NAME_LENGTH, MAX_NOTE_LENGTH
from catalog.wishlists.models import Wishlist, WishlistItem
from marketplace.common.api.fields import CurrencyField, LineField, MoneyField, SparseFieldsMixin


class WishlistSerializer(SparseFieldsMixin, serializers.ModelSerializer[Wishlist]):
    """A list; `share_token` is null unless it is shared, as `/wishlists/shared/{share_token}`."""

    class Meta:
        model = Wishlist
        fields = (
            "id",
            "name",
            "is_default",
            "item_count",
            "share_token",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class SharedItemSerializer(SparseFieldsMixin, serializers.ModelSerializer[WishlistItem]):
    """A wish as others see it: without its note."""

    product = SavedProductField(read_only=True)
    variant = SavedVariantField()
    price = PresentPriceField()
    currency = CurrencyField()
    is_available = IsAvailableField()

    class Meta:
        model = WishlistItem
        fields: tuple[str, ...] = ("id", "product", "variant", "price", "currency", "is_available")
        read_only_fields: tuple[str, ...] = fields


class WishlistItemSerializer(SharedItemSerializer):
    """A wish; `price_when_added` is what it cost then. What is gone is not `is_available`."""

    price_when_added = MoneyField(source="price_amount", read_only=True)

    class Meta(SharedItemSerializer.Meta):
        fields = (
            *SharedItemSerializer.Meta.fields,
            "price_when_added",
            "note",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class SharedWishlistSerializer(serializers.Serializer[Any]):
    """A shared list; of its owner, the first name. What buyers do not see now is left out."""

    name = serializers.CharField()
    owner_name = serializers.CharField()
    results = SharedItemSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CreateWishlistInput(serializers.Serializer[None]):
    name = LineField(max_length=MAX_NAME_LENGTH, help_text="Once per person, whatever its case.")
    is_default = serializers.BooleanField(
        required=False, default=False, help_text="true takes the place of the present default."
    )


class UpdateWishlistInput(serializers.Serializer[None]):
    name = LineField(required=False, max_length=MAX_NAME_LENGTH)
    is_default = serializers.BooleanField(
        required=False, default=False, help_text="true takes the place of the present default."
    )


class ShareWishlistInput(serializers.Serializer[None]):
    rotate = serializers.BooleanField(
        required=False, default=False, help_text="true: another link; the old one ends."
    )


class AddItemInput(serializers.Serializer[None]):
    product_id = serializers.UUIDField(required=False)
    variant_id = serializers.UUIDField(required=False)
    note = LineField(required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {"product_id", "variant_id"} & attrs.keys():
            message = "Send product_id or variant_id."
            raise serializers.ValidationError({"product_id": message}, code="required")
        return attrs


class UpdateItemInput(serializers.Serializer[None]):
    note = LineField(required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH)
    wishlist_id = serializers.UUIDField(required=False, help_text="The list to move it to.")
