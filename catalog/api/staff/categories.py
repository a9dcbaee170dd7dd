"""The categories that staff keep."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view

from catalog.api.staff.rows import AddMixin, ChangeMixin, PictureMixin, RowMixin
from catalog.api.staff.serializers import CategoryInput, PictureInput, StaffCategorySerializer
from catalog.models import Category
from catalog.services.categories import archive_category, create_category, update_category


class _CategoryMixin(RowMixin):
    serializer_class = StaffCategorySerializer
    queryset = Category.objects.none()
    input_class = CategoryInput

    def add(self, **values: Any) -> Category:
        return create_category(actor=self.request.user, **values)

    def change(self, pk: UUID, **changes: Any) -> Category:
        return update_category(pk, actor=self.request.user, **changes)

    def remove(self, pk: UUID) -> tuple[Category, str]:
        archive_category(pk, actor=self.request.user)
        return Category.objects.get(pk=pk), "Archived."


@extend_schema(tags=["staff"])
@extend_schema_view(
    post=extend_schema(
        operation_id="admin_categories_create",
        summary="Add a category",
        description="Below `parent_id`, or a root. 409 `slug_taken`, `category_too_deep`.",
        request=CategoryInput,
        responses={201: StaffCategorySerializer},
    )
)
class StaffCategoriesView(_CategoryMixin, AddMixin):
    """Adding categories."""

    rights = {"POST": "catalog.add_category"}


@extend_schema(tags=["staff"])
@extend_schema_view(
    patch=extend_schema(
        operation_id="admin_categories_update",
        summary="Change or move a category",
        description="Fields left out stay as they are. 409 `slug_taken`, `category_cycle`, "
        "`category_too_deep`.",
        request=CategoryInput(partial=True),
    ),
    delete=extend_schema(
        operation_id="admin_categories_destroy",
        summary="Archive an empty category",
        description="It is archived: gone from every list, and its slug is free. 409 "
        "`still_in_use` while it has products or subcategories.",
        responses={204: None},
    ),
)
class StaffCategoryView(_CategoryMixin, ChangeMixin):
    """One category."""

    rights = {"PATCH": "catalog.change_category", "DELETE": "catalog.delete_category"}


@extend_schema(tags=["staff"])
@extend_schema_view(
    put=extend_schema(
        operation_id="admin_categories_image",
        summary="Give a category another image",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffCategorySerializer,
    ),
    delete=extend_schema(
        operation_id="admin_categories_image_destroy",
        summary="Take the image of a category away",
        responses={204: None},
    ),
)
class CategoryImageView(_CategoryMixin, PictureMixin):
    """The image of a category."""

    folder = "categories"
    rights = {"PUT": "catalog.change_category", "DELETE": "catalog.change_category"}
