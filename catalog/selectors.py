"""Reads over several tables: filtered lists, the category tree, facets, a shop's own products."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    UUIDField,
    Value,
)

from catalog.constants import ProductStatus
from catalog.models import Banner, Category, Product, ProductImage, ProductVariant
from catalog.querysets import ProductQuerySet
from marketplace.common.prepared import Given, PreparedQuery
from shops.models import Shop

MAX_WORDS: Final = 10
MAX_QUERY_LENGTH: Final = 100


# --- products -------------------------------------------------------------------------------------


def public_product(ref: str) -> Product | None:
    """Return a product that everybody may see, with its id and category alone, by id or slug."""
    try:
        found = _PUBLIC["id"].instances(ref=UUID(ref))
    except ValueError:
        found = _PUBLIC["slug"].instances(ref=ref)
    return found[0] if found else None


def _public_by(field: str) -> PreparedQuery:
    return PreparedQuery(
        lambda: Product.objects.public().filter(**{field: Given("ref")}).only("id", "category_id")
    )


_PUBLIC: Final = {field: _public_by(field) for field in ("id", "slug")}


def product_detail() -> ProductQuerySet:
    """Return the public products with offered variants and images; three statements for one."""
    return (
        Product.objects.public()
        .select_related("shop", "category", "brand")
        .prefetch_related(
            Prefetch("variants", ProductVariant.objects.offered()),
            Prefetch("images", ProductImage.objects.order_by("position", "id")),
        )
    )


def words_of(text: str) -> list[str]:
    """Return the words of a search text that count: no more than a person would type."""
    return text[:MAX_QUERY_LENGTH].split()[:MAX_WORDS]


# --- categories -----------------------------------------------------------------------------------


@dataclass
class CategoryNode:
    """A category with its public products, those below it included, and its public children."""

    category: Category
    product_count: int = 0
    children: "list[CategoryNode]" = field(default_factory=list)
    breadcrumbs: list[Category] = field(default_factory=list)


def category_tree() -> list[CategoryNode]:
    """Return the whole public tree; what is under a hidden category is hidden too."""
    return _grow(Category.objects.public(), Product.objects.public(), root_depth=0)


def category_page(category: Category) -> CategoryNode | None:
    """Return one category with all below it and the way to it; None if an ancestor is hidden."""
    crumbs = breadcrumbs(category)
    if len(crumbs) != category.depth + 1:
        return None
    below = Category.objects.public().below(category)
    products = Product.objects.public().filter(category__path__startswith=category.path)
    roots = _grow(below, products, root_depth=category.depth)
    for node in roots:
        node.breadcrumbs = crumbs
        return node
    return None


def breadcrumbs(category: Category) -> list[Category]:
    """Return the public categories from the root down to this one, read in one statement."""
    ids = [UUID(part) for part in category.path.strip("/").split("/")]
    return list(Category.objects.public().filter(id__in=ids).order_by("depth"))


def _grow(
    categories: QuerySet[Category], products: ProductQuerySet, *, root_depth: int
) -> list[CategoryNode]:
    counts = dict(products.values_list("category_id").annotate(products=Count("*")))
    nodes: dict[UUID, CategoryNode] = {}
    roots: list[CategoryNode] = []
    for category in categories.order_by("depth", "position", "name", "id"):
        parent = nodes.get(category.parent_id) if category.parent_id else None
        if category.depth > root_depth and parent is None:
            continue
        node = nodes[category.id] = CategoryNode(category, counts.get(category.id, 0))
        (parent.children if parent else roots).append(node)
    for node in reversed(nodes.values()):  # children come after their parents
        node.product_count += sum(child.product_count for child in node.children)
    return roots


def in_tree_order() -> Func:
    """Return what orders all categories as the tree shows them: each before what is below it.

    Reads the shape of the tree, which is small, in one statement.
    """
    below: dict[UUID | None, list[UUID]] = {}
    rows = Category.objects.order_by("position", "name", "id").values_list("parent_id", "id")
    for parent_id, category_id in rows:
        below.setdefault(parent_id, []).append(category_id)
    ordered: list[UUID] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        ordered.append(waiting.pop())
        waiting.extend(reversed(below.get(ordered[-1], [])))
    ids = Value(ordered, output_field=ArrayField(UUIDField()))
    return Func(ids, F("id"), function="array_position", output_field=IntegerField())


# --- banners --------------------------------------------------------------------------------------


def banners_change_at(moment: datetime) -> datetime | None:
    """Return when the next period of a banner begins or ends; None when there is none."""
    active = Banner.objects.filter(is_active=True)
    next_start = Min("starts_at", filter=Q(starts_at__gt=moment))
    next_end = Min("ends_at", filter=Q(ends_at__gt=moment))
    found = active.aggregate(starts=next_start, ends=next_end)
    return min(filter(None, found.values()), default=None)


# --- a shop's own products ------------------------------------------------------------------------


def shop_product_list(
    shop: Shop,
    *,
    status: ProductStatus | None = None,
    text: str = "",
    low_stock: bool | None = None,
) -> ProductQuerySet:
    """Return a shop's own products for its list, in whatever state, but not archived ones.

    `text` finds words of the title, and a sku as a whole; `low_stock` what has, or has not, an
    active variant at its threshold or below.
    """
    found = Product.objects.of_shop(shop).select_related("shop", "category", "brand")
    found = found.defer("description", "attributes", "meta_title", "meta_description")
    if status is not None:
        found = found.filter(status=status)
    if low_stock is not None:
        low = Exists(ProductVariant.objects.low_in_stock().filter(product=OuterRef("pk")))
        found = found.filter(low if low_stock else ~low)
    if words := words_of(text):
        titles = Product.objects.of_shop(shop).with_words(words).order_by().values("pk")
        skus = (
            ProductVariant.objects.of_shop(shop)
            .with_sku(text[:MAX_QUERY_LENGTH].strip())
            .values("product")
        )
        found = found.filter(Q(pk__in=titles) | Q(pk__in=skus))
    return found


def shop_product_detail(shop: Shop) -> ProductQuerySet:
    """Return a shop's own products with all that its seller sees; three statements for one."""
    return (
        Product.objects.of_shop(shop)
        .select_related("shop", "category", "brand")
        .prefetch_related(
            Prefetch("variants", ProductVariant.objects.live().select_related("stock")),
            Prefetch("images", ProductImage.objects.order_by("position", "id")),
        )
    )
