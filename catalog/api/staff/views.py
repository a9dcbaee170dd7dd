"""What staff decide about products, and the categories and brands that they keep."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.admin.models import ADDITION, DELETION
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from catalog.api.seller.serializers import SellerProductCardSerializer
from catalog.api.staff.serializers import (
    BrandInput,
    CategoryInput,
    ChangeProductStatusInput,
    PictureInput,
    StaffBrandSerializer,
    StaffCategorySerializer,
    StaffProductListInput,
)
from catalog.constants import ProductStatus
from catalog.models import Brand, Category, Product
from catalog.services.brands import archive_brand, create_brand, update_brand
from catalog.services.categories import archive_category, create_category, update_category
from catalog.services.products import (
    approve_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from marketplace.common.errors import NotFound
from marketplace.common.media import stored_files

_DELETED = "It is archived: gone from every list, and its slug is free. 409 `still_in_use` while "


@extend_schema(tags=["staff"])
class StaffProductListView(StaffViewMixin, ListAPIView[Product]):
    """Products in whatever state, the newest first; archived ones are gone."""

    serializer_class = SellerProductCardSerializer
    queryset = Product.objects.none()
    filter_backends = ()
    rights = {"GET": "catalog.view_product"}

    def get_queryset(self) -> QuerySet[Product]:
        given = {name: text for name, text in self.request.query_params.items() if text}
        query = StaffProductListInput(data=given)
        query.is_valid(raise_exception=True)
        found = Product.objects.filter(archived_at=None, **query.validated_data)
        return found.select_related("shop", "category", "brand").order_by("-id")

    @extend_schema(
        operation_id="admin_products_list",
        summary="Products in whatever state",
        description="The newest first. Asks for the right to see products.",
        parameters=[StaffProductListInput],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
class ProductStatusView(StaffViewMixin, GenericAPIView[Product]):
    """Deciding about a product."""

    serializer_class = SellerProductCardSerializer
    queryset = Product.objects.none()
    rights = {"PATCH": "catalog.moderate_product"}

    @extend_schema(
        operation_id="admin_products_status",
        summary="Approve, reject or suspend a product, or lift that",
        description="`active` lets a product that waits go on sale, and lifts a suspension. 409 "
        "`invalid_transition` for a step that its state does not have.",
        request=ChangeProductStatusInput,
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = ChangeProductStatusInput(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, reason = body.validated_data["status"], body.validated_data["reason"]
        actor = self.request.user
        if wanted == ProductStatus.REJECTED:
            product = reject_product(pk, actor=actor, reason=reason)
        elif wanted == ProductStatus.SUSPENDED:
            product = suspend_product(pk, actor=actor, reason=reason)
        else:
            product = _activating(pk)(pk, actor=actor)
        self.write_down(product, f"{wanted}. {reason}".strip())
        return Response(self.get_serializer(product).data)


@extend_schema(tags=["staff"])
class StaffCategoriesView(StaffViewMixin, GenericAPIView[Category]):
    """Adding categories."""

    serializer_class = StaffCategorySerializer
    queryset = Category.objects.none()
    rights = {"POST": "catalog.add_category"}

    @extend_schema(
        operation_id="admin_categories_create",
        summary="Add a category",
        description="Below `parent_id`, or a root. 409 `slug_taken`, `category_too_deep`.",
        request=CategoryInput,
        responses={201: StaffCategorySerializer},
    )
    def post(self, request: Request) -> Response:
        body = CategoryInput(data=request.data)
        body.is_valid(raise_exception=True)
        category = create_category(actor=self.request.user, **body.validated_data)
        self.write_down(category, "Added over the API.", flag=ADDITION)
        return Response(self.get_serializer(category).data, status=201)


@extend_schema(tags=["staff"])
class StaffCategoryView(StaffViewMixin, GenericAPIView[Category]):
    """One category."""

    serializer_class = StaffCategorySerializer
    queryset = Category.objects.none()
    rights = {"PATCH": "catalog.change_category", "DELETE": "catalog.delete_category"}

    @extend_schema(
        operation_id="admin_categories_update",
        summary="Change or move a category",
        description="Fields left out stay as they are. 409 `slug_taken`, `category_cycle`, "
        "`category_too_deep`.",
        request=CategoryInput(partial=True),
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = CategoryInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        category = update_category(pk, actor=self.request.user, **body.validated_data)
        self.write_down(category, _changed(body.validated_data))
        return Response(self.get_serializer(category).data)

    @extend_schema(
        operation_id="admin_categories_destroy",
        summary="Archive an empty category",
        description=f"{_DELETED}it has products or subcategories.",
        responses={204: None},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        archive_category(pk, actor=self.request.user)
        self.write_down(Category.objects.get(pk=pk), "Archived.", flag=DELETION)
        return Response(status=204)


@extend_schema(tags=["staff"])
class CategoryImageView(StaffViewMixin, GenericAPIView[Category]):
    """The image of a category."""

    serializer_class = StaffCategorySerializer
    queryset = Category.objects.none()
    parser_classes = (MultiPartParser,)
    rights = {"PUT": "catalog.change_category", "DELETE": "catalog.change_category"}

    @extend_schema(
        operation_id="admin_categories_image",
        summary="Give a category another image",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffCategorySerializer,
    )
    def put(self, request: Request, pk: UUID) -> Response:
        body = PictureInput(data=request.data)
        body.is_valid(raise_exception=True)
        with stored_files("categories", [body.validated_data["image"]]) as [name]:
            category = update_category(pk, actor=self.request.user, image=name)
        self.write_down(category, _changed({"image": name}))
        return Response(self.get_serializer(category).data)

    @extend_schema(
        operation_id="admin_categories_image_destroy",
        summary="Take the image of a category away",
        responses={204: None},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        category = update_category(pk, actor=self.request.user, image="")
        self.write_down(category, _changed({"image": ""}))
        return Response(status=204)


@extend_schema(tags=["staff"])
class StaffBrandsView(StaffViewMixin, GenericAPIView[Brand]):
    """Adding brands."""

    serializer_class = StaffBrandSerializer
    queryset = Brand.objects.none()
    rights = {"POST": "catalog.add_brand"}

    @extend_schema(
        operation_id="admin_brands_create",
        summary="Add a brand",
        description="409 `slug_taken`.",
        request=BrandInput,
        responses={201: StaffBrandSerializer},
    )
    def post(self, request: Request) -> Response:
        body = BrandInput(data=request.data)
        body.is_valid(raise_exception=True)
        brand = create_brand(actor=self.request.user, **body.validated_data)
        self.write_down(brand, "Added over the API.", flag=ADDITION)
        return Response(self.get_serializer(brand).data, status=201)


@extend_schema(tags=["staff"])
class StaffBrandView(StaffViewMixin, GenericAPIView[Brand]):
    """One brand."""

    serializer_class = StaffBrandSerializer
    queryset = Brand.objects.none()
    rights = {"PATCH": "catalog.change_brand", "DELETE": "catalog.delete_brand"}

    @extend_schema(
        operation_id="admin_brands_update",
        summary="Change a brand",
        description="Fields left out stay as they are. 409 `slug_taken`.",
        request=BrandInput(partial=True),
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = BrandInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        brand = update_brand(pk, actor=self.request.user, **body.validated_data)
        self.write_down(brand, _changed(body.validated_data))
        return Response(self.get_serializer(brand).data)

    @extend_schema(
        operation_id="admin_brands_destroy",
        summary="Archive a brand without products",
        description=f"{_DELETED}it has products.",
        responses={204: None},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        archive_brand(pk, actor=self.request.user)
        self.write_down(Brand.objects.get(pk=pk), "Archived.", flag=DELETION)
        return Response(status=204)


@extend_schema(tags=["staff"])
class BrandLogoView(StaffViewMixin, GenericAPIView[Brand]):
    """The logo of a brand."""

    serializer_class = StaffBrandSerializer
    queryset = Brand.objects.none()
    parser_classes = (MultiPartParser,)
    rights = {"PUT": "catalog.change_brand", "DELETE": "catalog.change_brand"}

    @extend_schema(
        operation_id="admin_brands_logo",
        summary="Give a brand another logo",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffBrandSerializer,
    )
    def put(self, request: Request, pk: UUID) -> Response:
        body = PictureInput(data=request.data)
        body.is_valid(raise_exception=True)
        with stored_files("brands", [body.validated_data["image"]]) as [name]:
            brand = update_brand(pk, actor=self.request.user, logo=name)
        self.write_down(brand, _changed({"logo": name}))
        return Response(self.get_serializer(brand).data)

    @extend_schema(
        operation_id="admin_brands_logo_destroy",
        summary="Take the logo of a brand away",
        responses={204: None},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        brand = update_brand(pk, actor=self.request.user, logo="")
        self.write_down(brand, _changed({"logo": ""}))
        return Response(status=204)


def _activating(product_id: UUID) -> Callable[..., Product]:
    """Return the step that puts a product on sale; whether there is one is judged under its lock.

    Raises: NotFound.
    """
    status = Product.objects.filter(pk=product_id).values_list("status", flat=True).first()
    if status is None:
        raise NotFound
    return lift_suspension if status == ProductStatus.SUSPENDED else approve_product


def _changed(changes: dict[str, Any]) -> str:
    return f"Changed over the API: {', '.join(changes) or 'nothing'}."
