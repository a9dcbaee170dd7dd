"""Products with what hangs on them, and what staff decide about them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse

from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import exported_selection
from catalog.bulk.responses import file_response
from catalog.inventory.models import StockItem
from catalog.models import Product, ProductImage, ProductVariant
from catalog.querysets import ProductQuerySet
from catalog.selectors import words_of
from catalog.services.products import (
    approve_product,
    feature_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    link_to,
    opens,
    reason_action,
    row_action,
    staff,
)
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.queue import Queue, QueueAdmin, Step
from marketplace.common.money import display_amount
from marketplace.common.panels import SHOWN, Panel, Picture, amount, moment, panels, unbroken
from shops.models import Shop


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
