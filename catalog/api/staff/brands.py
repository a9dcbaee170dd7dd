"""The brands that staff keep."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view

from catalog.api.staff.rows import AddMixin, ChangeMixin, PictureMixin, RowMixin
from catalog.api.staff.serializers import BrandInput, PictureInput, StaffBrandSerializer
from catalog.models import Brand
from catalog.services.brands import archive_brand, create_brand, update_brand


class _BrandMixin(RowMixin):
    serializer_class = StaffBrandSerializer
    queryset = Brand.objects.none()
    input_class = BrandInput

    def add(self, **values: Any) -> Brand:
        return create_brand(actor=self.request.user, **values)

    def change(self, pk: UUID, **changes: Any) -> Brand:
        return update_brand(pk, actor=self.request.user, **changes)

    def remove(self, pk: UUID) -> tuple[Brand, str]:
        archive_brand(pk, actor=self.request.user)
        return Brand.objects.get(pk=pk), "Archived."


@extend_schema(tags=["staff"])
@extend_schema_view(
    post=extend_schema(
        operation_id="admin_brands_create",
        summary="Add a brand",
        description="409 `slug_taken`.",
        request=BrandInput,
        responses={201: StaffBrandSerializer},
    )
)
class StaffBrandsView(_BrandMixin, AddMixin):
    """Adding brands."""

    rights = {"POST": "catalog.add_brand"}


@extend_schema(tags=["staff"])
@extend_schema_view(
    patch=extend_schema(
        operation_id="admin_brands_update",
        summary="Change a brand",
        description="Fields left out stay as they are. 409 `slug_taken`.",
        request=BrandInput(partial=True),
    ),
    delete=extend_schema(
        operation_id="admin_brands_destroy",
        summary="Archive a brand without products",
        description="It is archived: gone from every list, and its slug is free. 409 "
        "`still_in_use` while it has products.",
        responses={204: None},
    ),
)
class StaffBrandView(_BrandMixin, ChangeMixin):
    """One brand."""

    rights = {"PATCH": "catalog.change_brand", "DELETE": "catalog.delete_brand"}


@extend_schema(tags=["staff"])
@extend_schema_view(
    put=extend_schema(
        operation_id="admin_brands_logo",
        summary="Give a brand another logo",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffBrandSerializer,
    ),
    delete=extend_schema(
        operation_id="admin_brands_logo_destroy",
        summary="Take the logo of a brand away",
        responses={204: None},
    ),
)
class BrandLogoView(_BrandMixin, PictureMixin):
    """The logo of a brand."""

    picture = "logo"
    folder = "brands"
    rights = {"PUT": "catalog.change_brand", "DELETE": "catalog.change_brand"}
