"""What the product is measured against: a view that does nothing, and DRF as its tutorial has it.

The plain twins answer with the same fields, through `select_related` and `prefetch_related`.
"""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.public.filters import ORDERINGS
from catalog.models import Brand, Category, Product, ProductImage, ProductVariant
from catalog.querysets import Fold
from shops.models import Shop

View = Callable[..., HttpResponseBase]


def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


def slowed(view: View, milliseconds: float) -> View:
    """Return the view made slower by so much processor time, as more work would."""

    def slow_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        until = time.thread_time() + milliseconds / 1000
        while time.thread_time() < until:
            pass
        return view(request, *args, **kwargs)

    return slow_view


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


def _filters(params: QueryDict) -> Q:
    """Return what the parameters of a list ask for, as a filter set of django-filter would."""
    wanted = Q()
    if slug := params.get("category"):
        path = Category.objects.values_list("path", flat=True).get(slug=slug)
        wanted &= Q(category__path__startswith=path)
    if price := params.get("min_price"):
        wanted &= Q(min_price_amount__gte=int(price))
    if price := params.get("max_price"):
        wanted &= Q(min_price_amount__lte=int(price))
    for name, value in params.items():
        if name.startswith("attr."):
            pair = {name.removeprefix("attr."): value}
            variants = ProductVariant.objects.filter(
                product=OuterRef("pk"), is_active=True, archived_at=None, attributes__contains=pair
            )
            wanted &= Q(attributes__contains=pair) | Q(Exists(variants))
    return wanted


class PlainList(ListModelMixin, _Plain):
    serializer_class = PlainCard

    def get_queryset(self) -> Any:
        params = self.request.GET
        order = ORDERINGS[params.get("ordering", "newest")]
        products = Product.objects.public().select_related("shop", "category", "brand")
        last = "-id" if order.startswith("-") else "id"
        return products.filter(_filters(params)).order_by(order, last)[:20]

    def get(self, request: Request) -> Response:
        return self.list(request)


class PlainSearch(_Plain):
    """A search as the documentation of django.contrib.postgres has it, on the stored vectors."""

    serializer_class = PlainCard

    def get(self, request: Request) -> Response:
        query = SearchQuery(Fold(Value(request.GET["q"])), config="simple")
        vector = F("search_document__folded_vector")
        found = Product.objects.public().filter(search_document__folded_vector=query)
        ranked = found.annotate(rank=SearchRank(vector, query)).order_by("-rank", "-id")
        page = ranked.select_related("shop", "category", "brand")[:20]
        cards = self.get_serializer(page, many=True).data
        return Response({"results": cards, "facets": self._facets(found)})

    def _facets(self, found: QuerySet[Product]) -> dict[str, Any]:
        return {
            "categories": self._links(found, "category"),
            "brands": self._links(found.exclude(brand=None), "brand"),
            "prices": found.aggregate(Min("min_price_amount"), Max("min_price_amount")),
            "ratings": found.aggregate(
                **{
                    f"from_{stars}": Count("id", filter=Q(average_rating__gte=stars))
                    for stars in (4, 3, 2, 1)
                }
            ),
            "attributes": list(
                found.values("attributes").annotate(count=Count("id")).order_by("-count")[:20]
            ),
        }

    def _links(self, found: QuerySet[Product], name: str) -> list[dict[str, Any]]:
        rows = found.values(f"{name}_id", f"{name}__name", f"{name}__slug")
        return list(rows.annotate(count=Count("id")).order_by("-count")[:20])


class PlainDetail(RetrieveModelMixin, _Plain):
    serializer_class = PlainProduct

    def get_queryset(self) -> Any:
        products = Product.objects.public().select_related("shop", "category", "brand")
        return products.prefetch_related("variants__stock", "images")

    def get(self, request: Request, pk: str) -> Response:
        return self.retrieve(request)
