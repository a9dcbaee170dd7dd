"""What staff keep by hand: categories, brands and banners."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from catalog.models import Banner, Brand, Category
from catalog.selectors import in_tree_order
from catalog.services.banners import delete_banner, order_banners, save_banner
from catalog.services.brands import archive_brand, create_brand, order_brands, update_brand
from catalog.services.categories import (
    archive_category,
    create_category,
    order_categories,
    update_category,
)
from marketplace.common.admin import ModelAdmin, NoDeleteAdmin, ServiceFormAdmin, row_action, staff
from marketplace.common.errors import DomainError, InvalidInput
from marketplace.common.images import clean_image
from marketplace.common.media import discard_file, store_file
from marketplace.common.ordered_admin import OrderedAdmin


def _cleaned(uploaded: Any, field: str) -> Any:
    """Return an upload as the image that is stored; anything else as it is."""
    if not isinstance(uploaded, UploadedFile):
        return uploaded
    try:
        return clean_image(uploaded, field=field)
    except InvalidInput as error:
        raise forms.ValidationError(str(error)) from error


def _save(
    form: forms.ModelForm[Any], file_field: str, work: Callable[[dict[str, Any]], Model]
) -> None:
    """Give `work` the changed values, an uploaded file as its name, and take over what it made."""
    values = {name: form.cleaned_data[name] for name in form.changed_data}
    stored = ""
    if file_field in values:
        upload, column = values[file_field], form.instance._meta.get_field(file_field)
        stored = store_file(str(column.upload_to).rstrip("/"), upload) if upload else ""
        values[file_field] = stored
    try:
        made = work(values)
    except DomainError:
        discard_file(stored)
        raise
    form.instance.pk = made.pk
    form.instance._state.adding = False
    form.instance.refresh_from_db()


class CategoryForm(forms.ModelForm[Category]):
    # Left empty, it is made from the name.
    slug = forms.SlugField(max_length=160, required=False)

    class Meta:
        model = Category
        fields = ("name", "slug", "parent", "description", "image", "position", "is_active")

    def clean_image(self) -> Any:
        return _cleaned(self.cleaned_data["image"], "image")

    def clean_slug(self) -> str:
        return self.cleaned_data["slug"] or self.instance.slug


@admin.register(Category)
class CategoryAdmin(OrderedAdmin, ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[Category]):
    """The tree; another parent moves a category with everything below it."""

    form = CategoryForm
    list_display = ["indented_name", "slug", "position", "is_active", "archived_at"]
    list_filter = ["is_active", ("archived_at", admin.EmptyFieldListFilter), "depth"]
    search_fields = ["name", "=slug"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["archived_at"]
    actions = ["archive"]

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        return [in_tree_order()]

    def order_parents(self) -> QuerySet[Category]:
        return Category.objects.live()

    def order_rows(self, parent: Category | None) -> QuerySet[Category]:
        children = Category.objects.live().filter(parent=parent).order_by("position", "name", "id")
        has_children = Category.objects.live().filter(parent=OuterRef("pk"))
        return children.annotate(has_children=Exists(has_children))

    def put_into_order(
        self, request: HttpRequest, ids: list[UUID], parent: Category | None
    ) -> None:
        order_categories(ids, actor=staff(request), parent_id=parent.pk if parent else None)

    @admin.display(description="name")
    def indented_name(self, category: Category) -> str:
        return f"{'— ' * category.depth}{category.name}"

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.delete_category")

    @row_action(description="Archive selected categories", permissions=["archive"])
    def archive(self, request: HttpRequest, category_id: UUID) -> None:
        archive_category(category_id, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        def work(values: dict[str, Any]) -> Category:
            parent = form.cleaned_data["parent"]
            parent_id = parent.pk if parent else None
            values.pop("parent", None)
            if not change:
                return create_category(actor=staff(request), parent_id=parent_id, **values)
            return update_category(obj.pk, actor=staff(request), parent_id=parent_id, **values)

        _save(form, "image", work)


class BrandForm(forms.ModelForm[Brand]):
    # Left empty, it is made from the name.
    slug = forms.SlugField(max_length=160, required=False)

    class Meta:
        model = Brand
        fields = ("name", "slug", "description", "logo", "is_active")

    def clean_logo(self) -> Any:
        return _cleaned(self.cleaned_data["logo"], "logo")

    def clean_slug(self) -> str:
        return self.cleaned_data["slug"] or self.instance.slug


@admin.register(Brand)
class BrandAdmin(OrderedAdmin, ServiceFormAdmin, NoDeleteAdmin, ModelAdmin[Brand]):
    """Brands, in the order that buyers see."""

    form = BrandForm
    list_display = ["name", "slug", "position", "is_active", "archived_at"]
    list_filter = ["is_active", ("archived_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "=slug"]
    ordering = ["position", "name", "id"]
    readonly_fields = ["archived_at"]
    actions = ["archive"]

    def order_rows(self, parent: Any) -> QuerySet[Brand]:
        return Brand.objects.live().order_by("position", "name", "id")

    def put_into_order(self, request: HttpRequest, ids: list[UUID], parent: Any) -> None:
        order_brands(ids, actor=staff(request))

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.delete_brand")

    @row_action(description="Archive selected brands", permissions=["archive"])
    def archive(self, request: HttpRequest, brand_id: UUID) -> None:
        archive_brand(brand_id, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        def work(values: dict[str, Any]) -> Brand:
            if change:
                return update_brand(obj.pk, actor=staff(request), **values)
            return create_brand(actor=staff(request), **values)

        _save(form, "logo", work)


class BannerForm(forms.ModelForm[Banner]):
    class Meta:
        model = Banner
        fields = ("title", "alt_text", "image", "link", "starts_at", "ends_at", "is_active")

    def clean_image(self) -> Any:
        return _cleaned(self.cleaned_data["image"], "image")


@admin.register(Banner)
class BannerAdmin(OrderedAdmin, ServiceFormAdmin, ModelAdmin[Banner]):
    """Pictures of the shop front's start page."""

    form = BannerForm
    list_display = ["title", "link", "starts_at", "ends_at", "position", "is_active"]
    list_filter = ["is_active", "starts_at", "ends_at"]
    search_fields = ["title", "link"]
    ordering = ["position", "id"]

    def order_rows(self, parent: Any) -> QuerySet[Banner]:
        return Banner.objects.order_by("position", "id")

    def put_into_order(self, request: HttpRequest, ids: list[UUID], parent: Any) -> None:
        order_banners(ids, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: Banner, form: Any, change: bool) -> None:
        banner_id = obj.pk if change else None
        _save(form, "image", lambda v: save_banner(banner_id, actor=staff(request), **v))

    def delete_model(self, request: HttpRequest, obj: Banner) -> None:
        delete_banner(obj.pk, actor=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Banner]) -> None:
        for banner in queryset:
            delete_banner(banner.pk, actor=staff(request))
