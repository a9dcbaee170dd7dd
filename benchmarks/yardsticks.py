"""What the product is measured against: a view that does nothing, and DRF as its tutorial has it.

The plain twins answer with the same fields, through `select_related` and `prefetch_related`.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Brand, Category, Product, ProductImage, ProductVariant
from shops.models import Shop


def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


class PlainShop(serializers.ModelSerializer[Shop]):
    class Meta:
        model = Shop
        fields = ("id", "name", "slug")


class PlainCategory(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = ("id", "name", "slug")


class PlainBrand(serializers.ModelSerializer[Brand]):
    class Meta:
        model = Brand
        fields = ("id", "name", "slug")


class PlainVariant(serializers.ModelSerializer[ProductVariant]):
    available = serializers.IntegerField(source="stock.available")

    class Meta:
        model = ProductVariant
        fields = (
            *("id", "sku", "name", "price_amount", "compare_at_price_amount", "attributes"),
            *("weight_grams", "available", "is_active"),
        )


class PlainImage(serializers.ModelSerializer[ProductImage]):
    class Meta:
        model = ProductImage
        fields = ("id", "file", "alt_text", "position", "is_primary")


class PlainCard(serializers.ModelSerializer[Product]):
    shop = PlainShop()
    category = PlainCategory()
    brand = PlainBrand()

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            *("id", "slug", "title", "min_price_amount", "max_price_amount"),
            *("compare_at_price_amount", "thumbnail", "average_rating", "review_count"),
            *("sold_count", "in_stock", "shop", "category", "brand", "created_at"),
        )


class PlainProduct(PlainCard):
    variants = PlainVariant(many=True)
    images = PlainImage(many=True)

    class Meta(PlainCard.Meta):
        fields = (
            *PlainCard.Meta.fields,
            *("description", "attributes", "variants", "images"),
            *("meta_title", "meta_description", "updated_at"),
        )


class _Plain(GenericAPIView[Product]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    filter_backends = ()
    pagination_class = None
    throttle_classes = ()


class PlainList(ListModelMixin, _Plain):
    serializer_class = PlainCard

    def get_queryset(self) -> Any:
        products = Product.objects.public().select_related("shop", "category", "brand")
        return products.order_by("-created_at", "-id")[:20]

    def get(self, request: Request) -> Response:
        return self.list(request)


class PlainDetail(RetrieveModelMixin, _Plain):
    serializer_class = PlainProduct

    def get_queryset(self) -> Any:
        products = Product.objects.public().select_related("shop", "category", "brand")
        return products.prefetch_related("variants__stock", "images")

    def get(self, request: Request, pk: str) -> Response:
        return self.retrieve(request)
