"""Many products at once: what a file of rows says, by the rules of single products.

A batch costs a few dozen statements however many products it has; the services of single products
would take a dozen each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog.constants import MAX_ATTRIBUTES, MAX_VARIANTS, ProductStatus
from catalog.errors import SkuTaken, TooManyVariants
from catalog.events import PriceFell
from catalog.inventory.constants import MovementReason
from catalog.inventory.errors import StockIsReserved
from catalog.inventory.events import InventoryBack
from catalog.inventory.models import StockItem
from catalog.inventory.services import create_stock, set_many_on_hand
from catalog.models import Brand, Category, Product, ProductVariant
from catalog.search.documents import index_products
from catalog.services.derived import PRICE_COLUMNS, set_prices
from catalog.services.products import (
    offer_event,
    offer_of,
    product_slug,
    reason_after,
    withdrawal_of,
)
from catalog.services.skus import is_sku_clash
from catalog.services.variants import check_prices
from marketplace.common.errors import DomainError, InvalidInput
from marketplace.common.ids import uuid7
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from shops.constants import ShopStatus
from shops.models import Shop

_PRODUCT_COLUMNS = (
    "title",
    "description",
    "category_id",
    "brand_id",
    "attributes",
    "status",
    "status_reason",
)
_VARIANT_COLUMNS = (
    "sku",
    "name",
    "price_amount",
    "compare_at_price_amount",
    "weight_grams",
    "attributes",
)


@dataclass(frozen=True)
class VariantRow:
    """What one row says of a variant; what it leaves out stays as it is.

    `changes` are columns of ProductVariant; `attributes` are added to those it has.
    """

    number: int
    sku: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    stock: int | None = None


@dataclass(frozen=True)
class ProductRows:
    """What the rows of one product say; `key` is its slug, its title, or any name of its own."""

    key: str
    rows: Sequence[VariantRow]
    changes: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    on_sale: bool | None = None


@dataclass(frozen=True)
class RowError:
    """Why a row cannot be applied; `column` is the file's, empty for the row as a whole."""

    number: int
    column: str
    code: str
    message: str


@dataclass
class BatchResult:
    """How many rows did what, and what was wrong with the others."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


class _Refused(Exception):
    """One product of the batch cannot be applied."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass
class _Found:
    """What the batch is about, locked and read before anything is decided."""

    shop_id: UUID
    is_shop_open: bool
    variant_of: dict[str, ProductVariant] = field(default_factory=dict)
    variants: dict[UUID, list[ProductVariant]] = field(default_factory=dict)
    products: dict[UUID, Product] = field(default_factory=dict)
    by_slug: dict[str, Product] = field(default_factory=dict)
    stock: dict[UUID, StockItem] = field(default_factory=dict)
    categories: set[UUID] = field(default_factory=set)
    brands: set[UUID] = field(default_factory=set)


@dataclass
class _Writes:
    new_products: list[Product] = field(default_factory=list)
    new_variants: list[ProductVariant] = field(default_factory=list)
    products: dict[UUID, Product] = field(default_factory=dict)
    variants: dict[UUID, ProductVariant] = field(default_factory=dict)
    new_stock: dict[UUID, int] = field(default_factory=dict)
    stock: dict[UUID, int] = field(default_factory=dict)
    cheaper: set[UUID] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)


def apply_products(
    shop_id: UUID, groups: Sequence[ProductRows], *, actor: User | None
) -> BatchResult:
    """Create and update products of a shop; each is applied whole, or refused by itself.

    A variant is found by its sku, a product by that of its variants or by its slug. A sku that a
    request takes in the same moment makes the batch read everything again.
    Locks: stock items by pk, then products by pk. Publishes: as `publish_product`,
    `withdraw_product`; inventory.low, inventory.back and catalog.price_fell once per batch.
    """
    for _ in range(2):
        try:
            return _apply(shop_id, groups, actor)
        except SkuTaken:
            continue
    result = BatchResult()
    for group in groups:
        try:
            one = _apply(shop_id, [group], actor)
        except SkuTaken as error:
            one = BatchResult(errors=[_error(row, "sku", error) for row in group.rows])
        result.created += one.created
        result.updated += one.updated
        result.unchanged += one.unchanged
        result.errors += one.errors
    return result


def _apply(shop_id: UUID, groups: Sequence[ProductRows], actor: User | None) -> BatchResult:
    result, writes = BatchResult(), _Writes()
    try:
        with transaction.atomic():
            found = _find(shop_id, groups)
            for group in groups:
                try:
                    _plan(group, found, writes, result)
                except _Refused as refused:
                    result.errors += refused.errors
            _write(writes, actor)
    except IntegrityError as error:
        if not is_sku_clash(error):
            raise
        raise SkuTaken([]) from error
    return result


def _find(shop_id: UUID, groups: Sequence[ProductRows]) -> _Found:
    rows = [row for group in groups for row in group.rows]
    found = _Found(
        shop_id,
        is_shop_open=Shop.objects.filter(pk=shop_id, status=ShopStatus.APPROVED).exists(),
        categories=_held(Category, (group.changes.get("category_id") for group in groups)),
        brands=_held(Brand, (group.changes.get("brand_id") for group in groups)),
    )
    known = _variants_by_sku(shop_id, [row.sku for row in rows])
    counted = [known[row.sku][0] for row in rows if row.stock is not None and row.sku in known]
    found.stock = StockItem.objects.lock(counted)
    slugs = Product.objects.filter(
        shop_id=shop_id, archived_at=None, slug__in={group.key for group in groups}
    )
    ids = {product_id for _, product_id in known.values()} | set(slugs.values_list("pk", flat=True))
    locked = Product.objects.filter(pk__in=ids, archived_at=None).order_by("pk")
    found.products = {product.pk: product for product in locked.select_for_update(of=("self",))}
    found.by_slug = {product.slug: product for product in found.products.values()}
    # Read once their products are locked: from here on nobody else changes them.
    variants = {}
    for variant in ProductVariant.objects.filter(product__in=found.products, archived_at=None):
        found.variants.setdefault(variant.product_id, []).append(variant)
        variants[variant.pk] = variant
    found.variant_of = {
        sku: variants[variant_id]
        for sku, (variant_id, _) in known.items()
        if variant_id in variants
    }
    return found


def _held(model: type[Category] | type[Brand], ids: Iterable[UUID | None]) -> set[UUID]:
    """Keep these from being archived until the transaction ends; returns those that are there."""
    wanted = sorted({row_id for row_id in ids if row_id is not None})
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {model._meta.db_table} "  # noqa: S608 - a table of ours
            "WHERE id = ANY(%s) AND is_active AND archived_at IS NULL ORDER BY id FOR KEY SHARE",
            [wanted],
        )
        return {row[0] for row in cursor.fetchall()}


def _variants_by_sku(shop_id: UUID, skus: Sequence[str]) -> dict[str, tuple[UUID, UUID]]:
    """Return the variant and product of each sku that the shop has, whatever its case."""
    with connection.cursor() as cursor:
        # The database lowers both sides: Python's idea of lower case is another one.
        cursor.execute(
            """
            SELECT given.sku, variant.id, variant.product_id
            FROM unnest(%s::text[]) AS given (sku)
            JOIN catalog_productvariant variant
              ON lower(variant.sku) = lower(given.sku)
             AND variant.shop_id = %s AND variant.archived_at IS NULL
            """,
            [list(skus), shop_id],
        )
        return {sku: (variant_id, product_id) for sku, variant_id, product_id in cursor.fetchall()}


def _plan(group: ProductRows, found: _Found, writes: _Writes, result: BatchResult) -> None:
    """Decide on one product; nothing of it is kept in `writes` when it is refused."""
    product = _target(group, found)
    is_new = product is None
    if product is None:
        product = _new_product(group, found)
    variants = found.variants.get(product.pk, [])
    changes = _product_changes(group, product, found, is_new=is_new)
    plans = [
        _variant_plan(row, product, found, position)
        for position, row in enumerate(group.rows, _next_position(variants))
    ]
    added = [plan for plan in plans if plan.is_new]
    if len(variants) + len(added) > MAX_VARIANTS:
        raise _refuse(group.rows, "sku", TooManyVariants(MAX_VARIANTS))
    status = _status(group, product, found, [*variants, *(plan.variant for plan in added)])
    if status is not None:
        changes |= {"status": status, "status_reason": reason_after(product, status)}
    _keep(product, changes, plans, found, writes, is_new=is_new)
    if status is not None:
        writes.events.append(offer_event(product))
    result.created += len(added)
    for plan in plans:
        if not plan.is_new:
            touched = changes or plan.changes or plan.stock is not None
            result.updated += bool(touched)
            result.unchanged += not touched


@dataclass
class _VariantPlan:
    row: VariantRow
    variant: ProductVariant
    is_new: bool
    changes: dict[str, Any]
    stock: int | None


def _target(group: ProductRows, found: _Found) -> Product | None:
    """Return the product that the rows are about, or None for a new one."""
    known = {row.number: found.variant_of.get(row.sku) for row in group.rows}
    owners = {variant.product_id for variant in known.values() if variant is not None}
    named = found.by_slug.get(group.key)
    if not owners:
        return named
    if len(owners) > 1 or (named is not None and named.pk not in owners):
        raise _Refused(
            [
                _taken(row, found.products[variant.product_id])
                for row in group.rows
                if (variant := known[row.number]) is not None
                and (named is None or variant.product_id != named.pk)
            ]
        )
    product = found.products[owners.pop()]
    names = {product.slug, product.title.casefold()}
    is_named = {group.key, group.key.casefold(), str(group.changes.get("title")).casefold()} & names
    # A sku mistyped in a new product must not add that product's variants to another one.
    if None in known.values() and not is_named:
        raise _Refused([_taken(row, product) for row in group.rows if known[row.number]])
    return product


def _taken(row: VariantRow, product: Product) -> RowError:
    message = f"The sku {row.sku} belongs to the product {product.slug}."
    return RowError(row.number, "sku", SkuTaken.code, message)


def _new_product(group: ProductRows, found: _Found) -> Product:
    title = group.changes.get("title") or group.key
    missing = [
        RowError(group.rows[0].number, column, "required", "A new product needs this.")
        for column, value in (("title", title), ("category", group.changes.get("category_id")))
        if not value
    ]
    missing += [
        RowError(row.number, "price", "required", "A new variant needs a price.")
        for row in group.rows
        if "price_amount" not in row.changes
    ]
    if missing:
        raise _Refused(missing)
    product_id = uuid7()
    return Product(
        id=product_id, shop_id=found.shop_id, title=title, slug=product_slug(title, product_id)
    )


def _product_changes(
    group: ProductRows, product: Product, found: _Found, *, is_new: bool
) -> dict[str, Any]:
    values = dict(group.changes)
    values["attributes"] = {**product.attributes, **group.attributes}
    if len(values["attributes"]) > MAX_ATTRIBUTES:
        raise _refuse(group.rows[:1], "", _too_many_attributes())
    changes = {
        name: value for name, value in values.items() if is_new or getattr(product, name) != value
    }
    for name, there in (("category", found.categories), ("brand", found.brands)):
        row_id = changes.get(f"{name}_id")
        if row_id is not None and row_id not in there:
            error = InvalidInput(name, f"There is no such {name}.", code="does_not_exist")
            raise _refuse(group.rows[:1], name, error)
    return changes


def _variant_plan(row: VariantRow, product: Product, found: _Found, position: int) -> _VariantPlan:
    variant = found.variant_of.get(row.sku)
    is_new = variant is None
    if variant is None:
        if "price_amount" not in row.changes:
            error = InvalidInput("price", "A new variant needs a price.", code="required")
            raise _refuse([row], "price", error)
        variant = ProductVariant(
            product=product, shop_id=found.shop_id, sku=row.sku, position=position
        )
    values = {**row.changes, "attributes": {**variant.attributes, **row.attributes}}
    if len(values["attributes"]) > MAX_ATTRIBUTES:
        raise _refuse([row], "", _too_many_attributes())
    price = values.get("price_amount", variant.price_amount)
    compare_at = values.get("compare_at_price_amount", variant.compare_at_price_amount)
    try:
        check_prices("", price, compare_at)
    except InvalidInput as error:
        raise _refuse([row], "compare_at_price", error) from error
    stock = row.stock
    if not is_new and stock is not None:
        item = found.stock[variant.pk]
        if stock < item.reserved:
            raise _refuse([row], "stock", StockIsReserved(item.reserved))
        stock = None if stock == item.on_hand else stock
    changes = {name: value for name, value in values.items() if getattr(variant, name) != value}
    return _VariantPlan(row, variant, is_new, changes, stock)


def _status(
    group: ProductRows, product: Product, found: _Found, variants: Iterable[ProductVariant]
) -> ProductStatus | None:
    if group.on_sale is None:
        return None
    try:
        if not group.on_sale:
            return withdrawal_of(product)
        return offer_of(
            product,
            is_shop_open=found.is_shop_open,
            is_sellable=any(variant.is_active for variant in variants),
        )
    except DomainError as error:
        raise _refuse(group.rows[:1], "status", error) from error


def _keep(
    product: Product,
    changes: dict[str, Any],
    plans: Sequence[_VariantPlan],
    found: _Found,
    writes: _Writes,
    *,
    is_new: bool,
) -> None:
    """Take a product's changes into what will be written, and into what later rows will find."""
    now = timezone.now()
    price, is_cheaper = product.min_price_amount, any(map(_is_cheaper, plans))
    for name, value in changes.items():
        setattr(product, name, value)
    variants = found.variants.setdefault(product.pk, [])
    for plan in plans:
        for name, value in plan.changes.items():
            setattr(plan.variant, name, value)
        if plan.is_new:
            variants.append(plan.variant)
            writes.new_variants.append(plan.variant)
            writes.new_stock[plan.variant.pk] = plan.stock or 0
            continue
        if plan.changes:
            plan.variant.updated_at = now
            writes.variants[plan.variant.pk] = plan.variant
        if plan.stock is not None:
            writes.stock[plan.variant.pk] = plan.stock
    before = _prices(product)
    set_prices(
        product,
        [(row.price_amount, row.compare_at_price_amount) for row in variants if row.is_active],
    )
    if is_new:
        found.products[product.pk] = found.by_slug[product.slug] = product
        writes.new_products.append(product)
    elif changes or _prices(product) != before:
        product.updated_at = now
        writes.products[product.pk] = product
    writes.cheaper |= {product.pk} if is_cheaper or 0 < product.min_price_amount < price else set()


def _is_cheaper(plan: _VariantPlan) -> bool:
    if plan.is_new or not plan.variant.is_active or "price_amount" not in plan.changes:
        return False
    return bool(plan.changes["price_amount"] < plan.variant.price_amount)


def _write(writes: _Writes, actor: User | None) -> None:
    Product.objects.bulk_create(writes.new_products)
    # In one order of skus, so that two requests that clash twice cannot deadlock.
    ProductVariant.objects.bulk_create(sorted(writes.new_variants, key=lambda row: row.sku.lower()))
    Product.objects.bulk_update(
        writes.products.values(), [*_PRODUCT_COLUMNS, *PRICE_COLUMNS, "updated_at"]
    )
    ProductVariant.objects.bulk_update(writes.variants.values(), [*_VARIANT_COLUMNS, "updated_at"])
    if writes.new_stock:
        create_stock(writes.new_stock, actor=actor, reason=MovementReason.IMPORTED)
    if writes.stock:
        set_many_on_hand(writes.stock, actor=actor, reason=MovementReason.IMPORTED)
    changed = (
        {row.pk for row in writes.new_products}
        | {row.product_id for row in writes.new_variants}
        | set(writes.products)
        | {row.product_id for row in writes.variants.values()}
    )
    index_products(changed)
    if changed:
        catalogue_changed()
    if writes.cheaper:
        writes.events.append(PriceFell(tuple(sorted(writes.cheaper))))
    new_ids = {row.pk for row in writes.new_products}
    if back := tuple(
        row.pk
        for row in writes.new_variants
        if row.product_id not in new_ids and not row.product.in_stock and writes.new_stock[row.pk]
    ):
        writes.events.append(InventoryBack(back))
    publish(*writes.events)


def _prices(product: Product) -> list[Any]:
    return [getattr(product, name) for name in PRICE_COLUMNS]


def _next_position(variants: Iterable[ProductVariant]) -> int:
    return max((variant.position for variant in variants), default=-1) + 1


def _too_many_attributes() -> InvalidInput:
    return InvalidInput("", f"At most {MAX_ATTRIBUTES} attributes.", code="max_length")


def _refuse(rows: Iterable[VariantRow], column: str, error: DomainError) -> _Refused:
    return _Refused([_error(row, column, error) for row in rows])


def _error(row: VariantRow, column: str, error: DomainError) -> RowError:
    code = str(error.details[0]["code"]) if error.details else error.code
    return RowError(row.number, column, code, str(error))
