"""Goods that somebody has kept: what alerts and wishlists show of them, also once they are gone."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.constants import ProductStatus
from catalog.models import Product, ProductVariant
from marketplace.common.api.fields import MoneyField, media_url
from shops.constants import ShopStatus


class SavedProductSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    thumbnail_url = serializers.URLField(allow_null=True)


@extend_schema_field(SavedProductSerializer)
class SavedProductField(serializers.Field[Any, Any, dict[str, str | None], Any]):
    """`{id, slug, title, thumbnail_url}`."""

    def to_representation(self, value: Product) -> dict[str, str | None]:
        return {
            "id": str(value.pk),
            "slug": value.slug,
            "title": value.title,
            "thumbnail_url": media_url(value.thumbnail),
        }


class SavedVariantSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()


@extend_schema_field(SavedVariantSerializer)
class SavedVariantField(serializers.Field[Any, Any, dict[str, str], Any]):
    """`{id, sku, name}`; null where the whole product is meant."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: ProductVariant) -> dict[str, str]:
        return {"id": str(value.pk), "sku": value.sku, "name": value.name}


@extend_schema_field({"type": "boolean"})
class IsAvailableField(serializers.Field[Any, Any, bool, Any]):
    """Whether it can be bought now; `RELATED` of the row must be loaded."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> bool:
        product, variant = value.product, value.variant
        is_public = (
            product.status == ProductStatus.ACTIVE
            and product.archived_at is None
            and product.shop.status == ShopStatus.APPROVED
        )
        if variant is None:
            return bool(is_public and product.in_stock)
        is_offered = variant.is_active and variant.archived_at is None
        return bool(is_public and is_offered and variant.stock.available > 0)


class PresentPriceField(MoneyField):
    """What it costs now."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        variant = value.variant
        amount = variant.price_amount if variant else value.product.min_price_amount
        return super().to_representation(amount)


# What the fields above read of a row.
RELATED = ("product__shop", "variant__stock")
