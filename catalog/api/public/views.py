"""The public side of the catalogue: read-only, the same for every caller."""

from typing import Any

from django.db.models import OuterRef, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from catalog.api.public.filters import ProductListInput
from catalog.api.public.parameters import ATTRIBUTE
from catalog.api.public.reads import (
    card_sql,
    cards_body,
    is_signed_storage,
    json_response,
    part_body,
    product_body,
    product_page,
)
from catalog.api.public.serializers import (
    BannerSerializer,
    BrandSerializer,
    CategoryDetailSerializer,
    CategoryNodeSerializer,
    ImageSerializer,
    ProductCardSerializer,
    ProductDetailSerializer,
    VariantSerializer,
)
from catalog.constants import MAX_BANNERS
from catalog.models import Banner, Brand, Category, Product, ProductImage, ProductVariant
from catalog.search.related import related_products
from catalog.selectors import (
    banners_change_at,
    category_page,
    category_tree,
    product_detail,
    public_product,
)
from marketplace.common.api.caching import PublicReadMixin, keep_until
from marketplace.common.api.lookups import get_by_id_or_slug


class CategoryTreeView(PublicReadMixin, GenericAPIView[Any]):
    """The whole tree of categories."""

    queryset = Category.objects.none()  # for the schema alone
    serializer_class = CategoryNodeSerializer
    pagination_class = None

    @extend_schema(operation_id="categories_list", responses=CategoryNodeSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(category_tree(), many=True).data)


class CategoryView(PublicReadMixin, GenericAPIView[Any]):
    """One category with the way to it and everything below it."""

    serializer_class = CategoryDetailSerializer

    def get(self, request: Request, ref: str) -> Response:
        page = category_page(get_by_id_or_slug(Category.objects.public(), ref))
        if page is None:
            raise Http404
        return Response(self.get_serializer(page).data)


class BannerListView(PublicReadMixin, GenericAPIView[Banner]):
    """The banners of the moment, in their order."""

    queryset = Banner.objects.none()  # for the schema alone
    serializer_class = BannerSerializer
    pagination_class = None

    @extend_schema(
        operation_id="banners_list",
        summary="Banners of the start page",
        description="Those whose period it is, in their order. `link` is a path of the shop front, "
        "a https address, or empty.",
        responses=BannerSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        shown = list(Banner.objects.shown_at(now)[:MAX_BANNERS])
        keep_until(request, banners_change_at(now))
        return Response(self.get_serializer(shown, many=True).data)


class BrandListView(PublicReadMixin, ListAPIView[Brand]):
    """Brands in the order that staff gave them, by name where they gave none."""

    serializer_class = BrandSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Brand]:
        return Brand.objects.public().order_by("position", "name")


class BrandView(PublicReadMixin, GenericAPIView[Brand]):
    """One brand."""

    serializer_class = BrandSerializer

    def get(self, request: Request, ref: str) -> Response:
        return Response(self.get_serializer(get_by_id_or_slug(Brand.objects.public(), ref)).data)


@extend_schema(parameters=[ProductListInput, ATTRIBUTE])
class ProductListView(PublicReadMixin, ListAPIView[Product]):
    """Products that can be bought, filtered and ordered."""

    serializer_class = ProductCardSerializer
    filter_backends = ()

    queryset = Product.objects.none()  # for the schema alone

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return json_response(product_page(request, self))


class ProductView(PublicReadMixin, GenericAPIView[Product]):
    """One product with its variants and images."""

    serializer_class = ProductDetailSerializer

    def get(self, request: Request, ref: str) -> HttpResponseBase:
        if not is_signed_storage():
            return json_response(product_body(request, ref))
        product = get_by_id_or_slug(product_detail(), ref)
        if holiday := product.shop.holiday:
            keep_until(request, holiday.changes_at)
        return Response(self.get_serializer(product).data)


class _PartsView(PublicReadMixin, GenericAPIView[Any]):
    """A plain array that belongs to one public product."""

    queryset = Product.objects.none()  # for the schema alone
    pagination_class = None
    serializer_class: type[Serializer[Any]]

    def parts(self, product: Any) -> QuerySet[Any]:
        """Return the rows of one product, which may be an `OuterRef`."""
        raise NotImplementedError

    def get(self, request: Request, ref: str) -> HttpResponseBase:
        if not is_signed_storage():
            rows = self.parts(OuterRef("pk"))
            return json_response(part_body(request, ref, self.serializer_class, rows))
        product = get_by_id_or_slug(Product.objects.public(), ref)
        return Response(self.get_serializer(self.parts(product), many=True).data)


@extend_schema(responses=VariantSerializer(many=True))
class ProductVariantsView(_PartsView):
    """The variants of a product that are offered."""

    serializer_class = VariantSerializer

    def parts(self, product: Any) -> QuerySet[ProductVariant]:
        return ProductVariant.objects.offered().filter(product=product)


@extend_schema(responses=ImageSerializer(many=True))
class ProductImagesView(_PartsView):
    """The images of a product, in the seller's order."""

    serializer_class = ImageSerializer

    def parts(self, product: Any) -> QuerySet[ProductImage]:
        return ProductImage.objects.filter(product=product).order_by("position", "id")


@extend_schema(responses=ProductCardSerializer(many=True))
class RelatedProductsView(PublicReadMixin, GenericAPIView[Any]):
    """What was bought with a product, and what shares its category, title and attributes."""

    queryset = Product.objects.none()  # for the schema alone
    pagination_class = None
    serializer_class = ProductCardSerializer

    def get(self, request: Request, ref: str) -> HttpResponseBase:
        product = public_product(ref)
        if product is None:
            raise Http404
        cards = related_products(product.pk, card=card_sql(request))
        return json_response(cards_body(self, cards))
