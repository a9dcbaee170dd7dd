"""A seller's own products; another shop's answer 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.public.serializers import ImageSerializer
from catalog.api.seller.serializers import (
    AddImagesInput,
    AddUploadedImagesInput,
    CreateProductInput,
    CreateVariantInput,
    OfferUploadInput,
    ProductListInput,
    SellerProductCardSerializer,
    SellerProductSerializer,
    SellerVariantSerializer,
    SetStockInput,
    StockSerializer,
    UpdateImageInput,
    UpdateProductInput,
    UpdateVariantInput,
    UploadOfferSerializer,
)
from catalog.inventory.models import StockItem
from catalog.inventory.services import adjust_on_hand, set_low_stock_threshold, set_on_hand
from catalog.models import Product, ProductImage, ProductVariant
from catalog.selectors import shop_product_detail, shop_product_list
from catalog.services.images import add_images, add_uploaded_images, delete_image, update_image
from catalog.services.products import archive_product, create_product, update_product
from catalog.services.variants import (
    VariantDraft,
    add_variant,
    archive_variant,
    update_variant,
)
from marketplace.common.api.parsers import StrictJSONParser
from marketplace.common.api.requests import parsed, query_of
from marketplace.common.files.uploads import offer_upload
from shops.api.permissions import SellerProductsMixin


class SellerProductListView(SellerProductsMixin, ListAPIView[Product]):
    """The shop's products, newest first, in whatever state; archived ones are gone."""

    serializer_class = SellerProductCardSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Product]:
        filters = query_of(self.request, ProductListInput)
        found = shop_product_list(
            self.shop,
            status=filters.get("status"),
            text=filters.get("q", ""),
            low_stock=filters.get("low_stock"),
        )
        return found.order_by("-created_at")

    @extend_schema(operation_id="seller_products_list", parameters=[ProductListInput])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="seller_products_create",
        request=CreateProductInput,
        responses={201: SellerProductSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a product with its variants, as a draft unless `status` asks for publication."""
        values = parsed(CreateProductInput(data=request.data))
        drafts = [VariantDraft(**variant) for variant in values.pop("variants")]
        product = create_product(self.shop.pk, actor=self.request.user, variants=drafts, **values)
        return Response(_detail(self, product.pk), status=201)


class SellerProductView(SellerProductsMixin, GenericAPIView[Product]):
    """One product of the shop."""

    serializer_class = SellerProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        return shop_product_detail(self.shop)

    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_detail(self, pk))

    @extend_schema(request=UpdateProductInput)
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace what the product says of itself; fields that are left out become empty."""
        return self._update(pk, UpdateProductInput(data=request.data))

    @extend_schema(request=UpdateProductInput(partial=True))
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the given fields of the product."""
        return self._update(pk, UpdateProductInput(data=request.data, partial=True))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Archive the product: it is gone from everywhere but the orders that name it."""
        product = _own_product(self, pk)
        archive_product(product.pk, actor=self.request.user)
        return Response(status=204)

    def _update(self, pk: UUID, body: UpdateProductInput) -> Response:
        product = _own_product(self, pk)
        update_product(product.pk, actor=self.request.user, **parsed(body))
        return Response(_detail(self, pk))


class SellerProductVariantsView(SellerProductsMixin, GenericAPIView[ProductVariant]):
    """The variants of one product."""

    serializer_class = SellerVariantSerializer

    @extend_schema(request=CreateVariantInput, responses={201: SellerVariantSerializer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Add a variant, with its stock."""
        product = _own_product(self, pk)
        draft = VariantDraft(**parsed(CreateVariantInput(data=request.data)))
        variant = add_variant(product.pk, actor=self.request.user, draft=draft)
        return Response(_variant(self, variant.pk), status=201)


class SellerVariantView(SellerProductsMixin, GenericAPIView[ProductVariant]):
    """One variant of the shop."""

    serializer_class = SellerVariantSerializer

    @extend_schema(request=UpdateVariantInput(partial=True))
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the given fields of the variant."""
        variant = _own_variant(self, pk)
        values = parsed(UpdateVariantInput(data=request.data, partial=True))
        update_variant(variant.pk, actor=self.request.user, **values)
        return Response(_variant(self, pk))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Archive the variant; the last active one of a product on sale stays (409)."""
        variant = _own_variant(self, pk)
        archive_variant(variant.pk, actor=self.request.user)
        return Response(status=204)


class SellerVariantStockView(SellerProductsMixin, GenericAPIView[StockItem]):
    """The stock of one variant."""

    serializer_class = StockSerializer

    @extend_schema(request=SetStockInput)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Set (`on_hand`) or change (`delta`) what lies on the shelf, and the low-stock threshold.

        Not below what is promised to orders (409).
        """
        variant = _own_variant(self, pk)
        values = parsed(SetStockInput(data=request.data))
        if not {"on_hand", "delta"} & values.keys():
            item = set_low_stock_threshold(variant.pk, values["low_stock_threshold"])
            return Response(self.get_serializer(item).data)
        move = set_on_hand if "on_hand" in values else adjust_on_hand
        units = values.pop("on_hand" if "on_hand" in values else "delta")
        item = move(variant.pk, units, actor=self.request.user, **values)
        return Response(self.get_serializer(item).data)


class SellerProductImagesView(SellerProductsMixin, GenericAPIView[ProductImage]):
    """The images of one product."""

    queryset = ProductImage.objects.none()  # for the schema alone
    serializer_class = ImageSerializer
    parser_classes = (MultiPartParser, StrictJSONParser)
    pagination_class = None

    @extend_schema(
        request={
            "multipart/form-data": AddImagesInput,
            "application/json": AddUploadedImagesInput,
        },
        responses={201: ImageSerializer(many=True)},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Append images, all of them or none. The first one ever is the primary one.

        As JSON, the keys of what was sent straight to the storage.
        """
        product = _own_product(self, pk)
        if not request.content_type.startswith("multipart/"):
            values = parsed(AddUploadedImagesInput(data=request.data))
            images = add_uploaded_images(
                product.pk,
                actor=self.request.user,
                shop_id=product.shop_id,
                keys=values["upload_keys"],
            )
            return Response(self.get_serializer(images, many=True).data, status=201)
        values = parsed(AddImagesInput(data={"images": request.FILES.getlist("images")}))
        images = add_images(product.pk, actor=self.request.user, images=values["images"])
        return Response(self.get_serializer(images, many=True).data, status=201)


class SellerUploadsView(SellerProductsMixin, GenericAPIView[Any]):
    """Uploads of images that go straight from the browser to the storage."""

    serializer_class = UploadOfferSerializer

    @extend_schema(request=OfferUploadInput, responses={201: UploadOfferSerializer})
    def post(self, request: Request) -> Response:
        """Ask for one direct upload: where to send the file, and the key to name it by.

        409 `direct_upload_unavailable` where files are kept on the server itself.
        """
        values = parsed(OfferUploadInput(data=request.data))
        offer = offer_upload(self.shop.pk, content_type=values["content_type"])
        return Response(self.get_serializer(offer).data, status=201)


class SellerImageView(SellerProductsMixin, GenericAPIView[ProductImage]):
    """One image of a product of the shop."""

    serializer_class = ImageSerializer

    @extend_schema(request=UpdateImageInput(partial=True))
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the text, the place, or which image is the primary one."""
        image = self._own_image(pk)
        values = parsed(UpdateImageInput(data=request.data, partial=True))
        return Response(
            self.get_serializer(update_image(image.pk, actor=self.request.user, **values)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Remove the image; where it was the primary one, the next one is."""
        delete_image(self._own_image(pk).pk, actor=self.request.user)
        return Response(status=204)

    def _own_image(self, pk: UUID) -> ProductImage:
        return get_object_or_404(ProductImage.objects.of_shop(self.shop), pk=pk)


def _own_product(view: SellerProductsMixin, pk: UUID) -> Product:
    return get_object_or_404(Product.objects.of_shop(view.shop), pk=pk)


def _own_variant(view: SellerProductsMixin, pk: UUID) -> ProductVariant:
    return get_object_or_404(ProductVariant.objects.of_shop(view.shop), pk=pk)


def _detail(view: SellerProductsMixin, pk: UUID) -> Any:
    product = get_object_or_404(shop_product_detail(view.shop), pk=pk)
    return SellerProductSerializer(product, context={"request": view.request}).data


def _variant(view: SellerProductsMixin, pk: UUID) -> Any:
    row = ProductVariant.objects.select_related("stock").get(pk=pk)
    return SellerVariantSerializer(row, context={"request": view.request}).data
