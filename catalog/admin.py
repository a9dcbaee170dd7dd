"""The catalogue in the console. Every change goes through the services."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Exists, Max, Model, OuterRef, QuerySet
from django.db.models.expressions import Combinable
from django.http import (
    HttpRequest,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse

from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import exported_selection
from catalog.bulk.responses import file_response
from catalog.inventory.models import StockItem
from catalog.models import (
    Banner,
    Brand,
    Category,
    PopularQuery,
    Product,
    ProductImage,
    ProductVariant,
    ProductView,
    SearchQuery,
    Synonym,
)
from catalog.querysets import ProductQuerySet
from catalog.selectors import in_tree_order, words_of
from catalog.services.banners import delete_banner, order_banners, save_banner
from catalog.services.brands import archive_brand, create_brand, order_brands, update_brand
from catalog.services.categories import (
    archive_category,
    create_category,
    order_categories,
    update_category,
)
from catalog.services.products import (
    approve_product,
    feature_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from catalog.services.synonyms import delete_synonym, save_synonym
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    NoDeleteAdmin,
    ReadOnlyAdmin,
    RowsInline,
    ServiceFormAdmin,
    link_to,
    opens,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.errors import DomainError, InvalidInput
from marketplace.common.images import clean_image
from marketplace.common.media import discard_file, store_file
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.queue import Queue, QueueAdmin, Step
from marketplace.common.money import display_amount
from marketplace.common.ordered_admin import OrderedAdmin
from marketplace.common.panels import SHOWN, Panel, Picture, amount, moment, panels, unbroken
from shops.models import Shop


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


@admin.register(Synonym)
class SynonymAdmin(ServiceFormAdmin, ModelAdmin[Synonym]):
    """What else a search for a term finds; kept without case and diacritics."""

    list_display = ["term", "synonym", "is_mutual", "is_active", "updated_at"]
    list_filter = ["is_mutual", "is_active"]
    search_fields = ["term", "synonym"]
    ordering = ["term", "synonym"]
    fields = ["term", "synonym", "is_mutual", "is_active"]

    def save_model(self, request: HttpRequest, obj: Synonym, form: Any, change: bool) -> None:
        saved = save_synonym(obj.pk if change else None, actor=staff(request), **form.cleaned_data)
        obj.pk, obj.term, obj.synonym = saved.pk, saved.term, saved.synonym
        obj._state.adding = False

    def delete_model(self, request: HttpRequest, obj: Synonym) -> None:
        delete_synonym(obj.pk, actor=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> None:
        for synonym in queryset:
            delete_synonym(synonym.pk, actor=staff(request))


class FoundFilter(admin.SimpleListFilter):
    """The report of what was searched for in vain."""

    title = "result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nothing", "found nothing"), ("something", "found something")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "nothing":
                return queryset.filter(empty_searches__gt=0)
            case "something":
                return queryset.filter(empty_searches=0)
        return queryset


@admin.register(SearchQuery)
class SearchQueryAdmin(ReadOnlyAdmin, ModelAdmin[SearchQuery]):
    """What was searched for, per day; a synonym can be made from what found nothing."""

    list_display = ["text", "day", "searches", "empty_searches", "clicks"]
    list_filter = [FoundFilter, "day"]
    search_fields = ["text"]
    ordering = ["-day", "-empty_searches", "-searches", "text"]
    actions = ["make_synonym"]

    def has_synonym_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.add_synonym")

    @admin.action(description="Make a synonym for the selected search", permissions=["synonym"])
    def make_synonym(
        self, request: HttpRequest, queryset: QuerySet[SearchQuery]
    ) -> HttpResponseRedirect | None:
        texts = {query.text for query in queryset[:2]}
        if len(texts) != 1:
            messages.error(request, "Select one search.")
            return None
        query = urlencode({"term": texts.pop()})
        return HttpResponseRedirect(f"{reverse('admin:catalog_synonym_add')}?{query}")


@admin.register(PopularQuery)
class PopularQueryAdmin(ReadOnlyAdmin, ModelAdmin[PopularQuery]):
    """What is suggested: made anew every minute from the last 30 days."""

    list_display = ["text", "searches"]
    search_fields = ["text"]
    ordering = ["-searches", "text"]


@admin.register(ProductView)
class ProductViewAdmin(ReadOnlyAdmin, IdSearchAdmin, ModelAdmin[ProductView]):
    """How often products were looked at, by the product's id."""

    list_display = ["product", "day", "views"]
    list_select_related = ["product"]
    list_filter = ["day"]
    ordering = ["-id"]
    id_fields = ("pk", "product")


class VariantInline(RowsInline):
    model = ProductVariant
    fields = [
        opens("sku"),
        "name",
        "price_amount",
        "compare_at_price_amount",
        "on_hand",
        "reserved",
        "is_active",
    ]
    ordering = ["position", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductVariant]:
        return super().get_queryset(request).filter(archived_at=None).select_related("stock")

    @admin.display(description="on hand")
    def on_hand(self, variant: ProductVariant) -> int:
        return variant.stock.on_hand

    @admin.display(description="reserved")
    def reserved(self, variant: ProductVariant) -> int:
        return variant.stock.reserved


class ImageInline(RowsInline):
    model = ProductImage
    fields = ["file", "alt_text", "position", "is_primary", "width", "height"]
    ordering = ["position", "id"]


def _offer(product: Product) -> Panel:
    attributes = [(str(name), str(value)) for name, value in product.attributes.items()]
    return Panel(
        "What is offered",
        facts=[
            ("Title", product.title),
            ("Category", link_to(product.category)),
            ("Brand", link_to(product.brand) or "–"),
            *attributes,
            ("Title for search engines", product.meta_title or "–"),
            ("Text for search engines", product.meta_description or "–"),
            ("Refused before", product.status_reason or "never"),
        ],
        text=product.description,
        pictures=[
            Picture(image.file.url, image.alt_text)
            for image in product.images.order_by("position", "id")
        ],
        is_wide=True,
    )


def _variants(product: Product) -> Panel:
    variants = product.variants.filter(archived_at=None).select_related("stock")
    return Panel(
        "Variants",
        columns=["SKU", "Name", "Price", "Before", "On hand"],
        rows=[
            [
                unbroken(variant.sku),
                variant.name or "–",
                amount(variant.price_amount),
                amount(variant.compare_at_price_amount),
                f"{variant.stock.on_hand:,}",
            ]
            for variant in variants.order_by("position", "id")[:50]
        ],
    )


def _offered_by(product: Product) -> Panel:
    shop = product.shop
    others = Product.objects.filter(shop=shop).exclude(pk=product.pk).order_by("-created_at", "-id")
    return Panel(
        "Its shop",
        facts=[
            ("Name", link_to(shop)),
            ("Status", shop.status),
            ("Rating", f"{shop.average_rating} of {shop.review_count:,}"),
            ("Sold", f"{shop.sold_count:,}"),
            ("Registered", moment(shop.created_at)),
        ],
        columns=["Its newest others", "Status", "Price"],
        rows=[_product_row(other) for other in others[:SHOWN]],
        url=_products_of(shop),
    )


def _product_row(product: Product) -> list[object]:
    return [link_to(product), product.status, amount(product.min_price_amount)]


def _products_of(shop: Shop) -> str:
    return f"{reverse('admin:catalog_product_changelist')}?{urlencode({'q': shop.pk})}"


@panels("shops.shop")
def _products(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("catalog.view_product"):
        return []
    newest = Product.objects.filter(shop=shop).order_by("-created_at", "-id")[:SHOWN]
    rows = [_product_row(product) for product in newest]
    columns = ["Newest", "Status", "Price"]
    return [Panel("Products", columns=columns, rows=rows, url=_products_of(shop))]


@admin.register(Product)
class ProductAdmin(QueueAdmin, ReadOnlyAdmin, IdSearchAdmin, ModelAdmin[Product]):
    """Products; what staff decide about them are actions.

    Found by their own or their shop's id, by slug, by sku, and by words of the title without case
    and diacritics.
    """

    list_display = ["title", "shop", "category", "status", "price", "in_stock", "created_at"]
    list_select_related = ["shop", "category"]
    list_filter = [
        "status",
        "is_featured",
        "in_stock",
        ("archived_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    ordering = ["-id"]
    id_fields = ("pk", "shop")
    search_help_text = "A whole id, shop's id, slug or sku, or words of the title."
    waiting = ("Products to review", {"status__exact": "pending", "archived_at__isnull": True})
    queue = Queue(
        Subject.PRODUCT,
        permission="moderate",
        accept=Step("Approve", approve_product),
        refuse=Step("Reject", reject_product),
    )
    inlines = [VariantInline, ImageInline]
    actions = [
        *("approve", "reject", "suspend", "lift", "feature", "unfeature"),
        *("export_csv", "export_xlsx"),
    ]

    def rows_of_history(self, object_id: str) -> dict[str, list[Any]]:
        """Add what stands on the product's page: prices, stock and pictures."""
        variants = list(
            ProductVariant.objects.filter(product_id=object_id).values_list("pk", flat=True)
        )
        stock = StockItem.objects.filter(variant__in=variants)
        images = ProductImage.objects.filter(product_id=object_id)
        return super().rows_of_history(object_id) | {
            "catalog.productvariant": variants,
            "inventory.stockitem": list(stock.values_list("pk", flat=True)),
            "catalog.productimage": list(images.values_list("pk", flat=True)),
        }

    @admin.display(description="price", ordering="min_price_amount")
    def price(self, product: Product) -> str:
        return display_amount(product.min_price_amount)

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        # A union and not OR, so that each part goes by its own index.
        ids = Product.objects.filter(slug=term).order_by().values("pk")
        titles = Product.objects.with_words(words_of(term)).order_by().values("pk")
        skus = ProductVariant.objects.with_sku(term).order_by().values("product_id")
        return queryset.filter(pk__in=ids.union(titles, skus))

    def queue_panels(self, request: HttpRequest, row: Product) -> list[Panel]:
        return [_offer(row), _variants(row), _offered_by(row)]

    def queue_state(self, row: Product) -> str:
        """What is seen can be changed without the product: its variants and pictures."""
        times = [row.updated_at]
        for rows in (row.variants, row.images):
            seen: Any = rows
            found = seen.aggregate(last=Max("updated_at"), count=Count("pk"))
            times += [found["last"] or row.created_at, found["count"]]
        return " ".join(str(part) for part in times)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may decide, which the read-only pages themselves never do."""
        return request.user.has_perm("catalog.moderate_product")

    def has_curate_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may choose what the shop window shows."""
        return request.user.has_perm("catalog.change_product")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the caller works with files of products."""
        return request.user.has_perm("bulk.view_importjob")

    @admin.action(description="Export selected products as CSV", permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: ProductQuerySet) -> StreamingHttpResponse:
        return _exported(queryset, FileFormat.CSV)

    @admin.action(description="Export selected products as XLSX", permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: ProductQuerySet) -> StreamingHttpResponse:
        return _exported(queryset, FileFormat.XLSX)

    @row_action(description="Approve selected products", permissions=["moderate"])
    def approve(self, request: HttpRequest, product_id: UUID) -> None:
        approve_product(product_id, actor=staff(request))

    @reason_action(description="Reject selected products…", permissions=["moderate"])
    def reject(self, request: HttpRequest, product_id: UUID, reason: str) -> None:
        reject_product(product_id, actor=staff(request), reason=reason)

    @reason_action(description="Suspend selected products…", permissions=["moderate"])
    def suspend(self, request: HttpRequest, product_id: UUID, reason: str) -> None:
        suspend_product(product_id, actor=staff(request), reason=reason)

    @row_action(description="Lift the suspension of selected products", permissions=["moderate"])
    def lift(self, request: HttpRequest, product_id: UUID) -> None:
        lift_suspension(product_id, actor=staff(request))

    @row_action(description="Feature selected products", permissions=["curate"])
    def feature(self, request: HttpRequest, product_id: UUID) -> None:
        feature_product(product_id, actor=staff(request), is_featured=True)

    @row_action(description="Feature selected products no longer", permissions=["curate"])
    def unfeature(self, request: HttpRequest, product_id: UUID) -> None:
        feature_product(product_id, actor=staff(request), is_featured=False)


def _exported(products: ProductQuerySet, file_format: FileFormat) -> StreamingHttpResponse:
    return file_response(exported_selection(products, file_format), "products", file_format)


@admin.register(ProductVariant)
class VariantAdmin(ReadOnlyAdmin, IdSearchAdmin, ModelAdmin[ProductVariant]):
    """Variants, by id, by their product's id, or by sku."""

    list_display = ["sku", "name", "product", "shop", "price_amount", "is_active", "archived_at"]
    list_select_related = ["product", "shop"]
    list_filter = ["is_active", ("archived_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]
    id_fields = ("pk", "product")

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(pk__in=ProductVariant.objects.with_sku(term).values("pk"))


@admin.register(ProductImage)
class ImageAdmin(ReadOnlyAdmin, IdSearchAdmin, ModelAdmin[ProductImage]):
    """Images, by id or by their product's id."""

    list_display = ["id", "product", "position", "is_primary", "width", "height", "created_at"]
    list_select_related = ["product"]
    list_filter = ["is_primary"]
    ordering = ["-id"]
    id_fields = ("pk", "product")
