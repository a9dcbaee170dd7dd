"""The catalogue as buyers read it; amounts are decimal strings in `currency`."""

from typing import Any

from drf_spectacular.helpers import lazy_serializer
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.constants import RENDITIONS
from catalog.models import Banner, Brand, Product, ProductImage, ProductVariant
from catalog.search.facets import Facets
from catalog.selectors import CategoryNode, breadcrumbs
from marketplace.common.api.fields import (
    CurrencyField,
    MediaUrlField,
    MoneyField,
    SparseFieldsMixin,
    media_url,
)
from shops.api.serializers import HolidaySerializer
from shops.models import Shop


class NamedLinkSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()


@extend_schema_field(NamedLinkSerializer)
class NamedLinkField(serializers.Field[Any, Any, dict[str, str], Any]):
    """`{id, name, slug}`; a field and not a serializer, as a list of 20 has 60 of them."""

    def to_representation(self, value: Any) -> dict[str, str]:
        return {"id": str(value.id), "name": value.name, "slug": value.slug}


class BrandLinkField(NamedLinkField):
    """A brand that is no longer shown is none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["allow_null"] = True
        super().__init__(**kwargs)

    def to_representation(self, value: Brand) -> dict[str, str] | None:  # type: ignore[override]
        shown = value.is_active and value.archived_at is None
        return super().to_representation(value) if shown else None


class ProductCardSerializer(SparseFieldsMixin, serializers.ModelSerializer[Product]):
    """A product in a list; `price` is the lowest of its active variants."""

    price = MoneyField(source="min_price_amount", read_only=True)
    max_price = MoneyField(source="max_price_amount", read_only=True)
    compare_at_price = MoneyField(source="compare_at_price_amount", read_only=True, allow_null=True)
    currency = CurrencyField()
    thumbnail_url = MediaUrlField(source="thumbnail")
    average_rating = serializers.FloatField(read_only=True)
    shop = NamedLinkField(read_only=True)
    category = NamedLinkField(read_only=True)
    brand = BrandLinkField(read_only=True)

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id",
            "slug",
            "title",
            "price",
            "max_price",
            "compare_at_price",
            "currency",
            "thumbnail_url",
            "average_rating",
            "review_count",
            "sold_count",
            "in_stock",
            "shop",
            "category",
            "brand",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields


@extend_schema_field({"type": "integer", "minimum": 0})
class AvailableField(serializers.Field[Any, Any, int, Any]):
    """Units of a variant that can be ordered now."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(source="*", read_only=True)
        super().__init__(**kwargs)

    def to_representation(self, value: ProductVariant) -> int:
        stock = getattr(value, "stock", None)
        return stock.available if stock else 0


class VariantSerializer(SparseFieldsMixin, serializers.ModelSerializer[ProductVariant]):
    """What is bought; `available` units can be ordered now."""

    price = MoneyField(source="price_amount", read_only=True)
    compare_at_price = MoneyField(source="compare_at_price_amount", read_only=True, allow_null=True)
    available = AvailableField()

    class Meta:
        model = ProductVariant
        fields = (
            "id",
            "sku",
            "name",
            "price",
            "compare_at_price",
            "attributes",
            "weight_grams",
            "available",
            "is_active",
        )
        read_only_fields = fields


class RenditionsSerializer(serializers.Serializer[Any]):
    thumb = serializers.URLField()
    card = serializers.URLField()
    large = serializers.URLField()


@extend_schema_field(RenditionsSerializer)
class RenditionsField(serializers.Field[Any, Any, dict[str, str | None], Any]):
    """WebP copies by size; until the worker has made them, the image itself in every size."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(source="*", read_only=True)
        super().__init__(**kwargs)

    def to_representation(self, value: ProductImage) -> dict[str, str | None]:
        return {label: media_url(value.rendition(label)) for label in RENDITIONS}


class ImageSerializer(SparseFieldsMixin, serializers.ModelSerializer[ProductImage]):
    url = MediaUrlField(source="file")
    renditions = RenditionsField()

    class Meta:
        model = ProductImage
        fields = ("id", "url", "alt_text", "position", "is_primary", "renditions")
        read_only_fields = fields


@extend_schema_field(NamedLinkSerializer(many=True))
class BreadcrumbsField(serializers.Field[Any, Any, list[dict[str, str]], Any]):
    """The categories from the root down to a product's own."""

    def to_representation(self, value: Any) -> list[dict[str, str]]:
        link = NamedLinkField()
        return [link.to_representation(row) for row in breadcrumbs(value)]


@extend_schema_field(HolidaySerializer(allow_null=True))
class HolidayField(serializers.Field[Any, Any, Any, Any]):
    """When a product's shop takes no orders: the present holiday or the next one, else null."""

    def __init__(self) -> None:
        super().__init__(source="shop", read_only=True)

    def to_representation(self, value: Shop) -> dict[str, Any] | None:
        holiday = value.holiday
        return HolidaySerializer(holiday).data if holiday else None


class ProductDetailSerializer(ProductCardSerializer):
    images = ImageSerializer(many=True, read_only=True)
    variants = VariantSerializer(many=True, read_only=True)
    breadcrumbs = BreadcrumbsField(source="category", read_only=True)
    holiday = HolidayField()

    class Meta(ProductCardSerializer.Meta):
        fields = (
            *ProductCardSerializer.Meta.fields,
            "description",
            "attributes",
            "images",
            "variants",
            "breadcrumbs",
            "meta_title",
            "meta_description",
            "updated_at",
            "holiday",
        )
        read_only_fields = fields


class BrandSerializer(SparseFieldsMixin, serializers.ModelSerializer[Brand]):
    logo_url = MediaUrlField(source="logo")

    class Meta:
        model = Brand
        fields = ("id", "name", "slug", "description", "logo_url")
        read_only_fields = fields


class BannerSerializer(SparseFieldsMixin, serializers.ModelSerializer[Banner]):
    image_url = MediaUrlField(source="image")

    class Meta:
        model = Banner
        fields = ("id", "title", "alt_text", "image_url", "link", "starts_at", "ends_at")
        read_only_fields = fields


class CategoryNodeSerializer(SparseFieldsMixin, serializers.Serializer[CategoryNode]):
    """A category with everything below it; `product_count` includes what is below."""

    id = serializers.UUIDField(source="category.id")
    name = serializers.CharField(source="category.name")
    slug = serializers.CharField(source="category.slug")
    image_url = MediaUrlField(source="category.image")
    product_count = serializers.IntegerField()
    children = serializers.SerializerMethodField()

    @extend_schema_field(
        lazy_serializer("catalog.api.public.serializers.CategoryNodeSerializer")(many=True)
    )
    def get_children(self, node: CategoryNode) -> list[dict[str, Any]]:
        return [_node(child) for child in node.children]


class CategoryDetailSerializer(CategoryNodeSerializer):
    description = serializers.CharField(source="category.description")
    breadcrumbs = NamedLinkSerializer(many=True)


def _node(node: CategoryNode) -> dict[str, Any]:
    category = node.category
    return {
        "id": str(category.id),
        "name": category.name,
        "slug": category.slug,
        "image_url": media_url(category.image.name or ""),
        "product_count": node.product_count,
        "children": [_node(child) for child in node.children],
    }


class FacetLinkSerializer(NamedLinkSerializer):
    count = serializers.IntegerField()


class PriceRangeSerializer(serializers.Serializer[Any]):
    min_price = MoneyField()
    max_price = MoneyField()
    count = serializers.IntegerField()


class RatingFacetSerializer(serializers.Serializer[Any]):
    """Products rated at least so."""

    min_rating = serializers.IntegerField()
    count = serializers.IntegerField()


class FacetValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class AttributeFacetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    values = FacetValueSerializer(many=True)


class FacetsSerializer(serializers.Serializer[Facets]):
    categories = FacetLinkSerializer(many=True)
    brands = FacetLinkSerializer(many=True)
    price_ranges = PriceRangeSerializer(many=True)
    ratings = RatingFacetSerializer(many=True)
    attributes = AttributeFacetSerializer(many=True)


class ProductSearchSerializer(serializers.Serializer[Any]):
    results = ProductCardSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    facets = FacetsSerializer()
    did_you_mean = serializers.CharField(allow_null=True)


class SuggestionsSerializer(serializers.Serializer[Any]):
    products = ProductCardSerializer(many=True)
    categories = NamedLinkSerializer(many=True)
    queries = serializers.ListField(child=serializers.CharField())
