"""Decides what the rows of a batch change, by what was found; nothing is read or written here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from catalog.constants import MAX_ATTRIBUTES, MAX_VARIANTS, ProductStatus
from catalog.errors import SkuTaken, TooManyVariants
from catalog.inventory.errors import StockIsReserved
from catalog.inventory.models import StockItem
from catalog.models import Product, ProductVariant
from catalog.services.batch_rows import (
    BatchResult,
    ProductRows,
    Refused,
    RowError,
    VariantRow,
    refuse,
)
from catalog.services.derived import PRICE_COLUMNS, set_prices
from catalog.services.products import (
    offer_event,
    offer_of,
    product_slug,
    reason_after,
    withdrawal_of,
)
from catalog.services.variants import check_prices
from marketplace.common.errors import DomainError, InvalidInput
from marketplace.common.ids import uuid7
from marketplace.common.outbox.events import Event


@dataclass
class Found:
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
class Writes:
    new_products: list[Product] = field(default_factory=list)
    new_variants: list[ProductVariant] = field(default_factory=list)
    products: dict[UUID, Product] = field(default_factory=dict)
    variants: dict[UUID, ProductVariant] = field(default_factory=dict)
    new_stock: dict[UUID, int] = field(default_factory=dict)
    stock: dict[UUID, int] = field(default_factory=dict)
    cheaper: set[UUID] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)


def plan_product(group: ProductRows, found: Found, writes: Writes, result: BatchResult) -> None:
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
        raise refuse(group.rows, "sku", TooManyVariants(MAX_VARIANTS))
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


def _target(group: ProductRows, found: Found) -> Product | None:
    """Return the product that the rows are about, or None for a new one."""
    known = {row.number: found.variant_of.get(row.sku) for row in group.rows}
    owners = {variant.product_id for variant in known.values() if variant is not None}
    named = found.by_slug.get(group.key)
    if not owners:
        return named
    if len(owners) > 1 or (named is not None and named.pk not in owners):
        raise Refused(
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
        raise Refused([_taken(row, product) for row in group.rows if known[row.number]])
    return product


def _taken(row: VariantRow, product: Product) -> RowError:
    message = f"The sku {row.sku} belongs to the product {product.slug}."
    return RowError(row.number, "sku", SkuTaken.code, message)


def _new_product(group: ProductRows, found: Found) -> Product:
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
        raise Refused(missing)
    product_id = uuid7()
    return Product(
        id=product_id, shop_id=found.shop_id, title=title, slug=product_slug(title, product_id)
    )


def _product_changes(
    group: ProductRows, product: Product, found: Found, *, is_new: bool
) -> dict[str, Any]:
    values = dict(group.changes)
    values["attributes"] = {**product.attributes, **group.attributes}
    if len(values["attributes"]) > MAX_ATTRIBUTES:
        raise refuse(group.rows[:1], "", _too_many_attributes())
    changes = {
        name: value for name, value in values.items() if is_new or getattr(product, name) != value
    }
    for name, there in (("category", found.categories), ("brand", found.brands)):
        row_id = changes.get(f"{name}_id")
        if row_id is not None and row_id not in there:
            error = InvalidInput(name, f"There is no such {name}.", code="does_not_exist")
            raise refuse(group.rows[:1], name, error)
    return changes


def _variant_plan(row: VariantRow, product: Product, found: Found, position: int) -> _VariantPlan:
    variant = found.variant_of.get(row.sku)
    is_new = variant is None
    if variant is None:
        if "price_amount" not in row.changes:
            error = InvalidInput("price", "A new variant needs a price.", code="required")
            raise refuse([row], "price", error)
        variant = ProductVariant(
            product=product, shop_id=found.shop_id, sku=row.sku, position=position
        )
    values = {**row.changes, "attributes": {**variant.attributes, **row.attributes}}
    if len(values["attributes"]) > MAX_ATTRIBUTES:
        raise refuse([row], "", _too_many_attributes())
    price = values.get("price_amount", variant.price_amount)
    compare_at = values.get("compare_at_price_amount", variant.compare_at_price_amount)
    try:
        check_prices("", price, compare_at)
    except InvalidInput as error:
        raise refuse([row], "compare_at_price", error) from error
    stock = row.stock
    if not is_new and stock is not None:
        item = found.stock[variant.pk]
        if stock < item.reserved:
            raise refuse([row], "stock", StockIsReserved(item.reserved))
        stock = None if stock == item.on_hand else stock
    changes = {name: value for name, value in values.items() if getattr(variant, name) != value}
    return _VariantPlan(row, variant, is_new, changes, stock)


def _status(
    group: ProductRows, product: Product, found: Found, variants: Iterable[ProductVariant]
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
        raise refuse(group.rows[:1], "status", error) from error


def _keep(
    product: Product,
    changes: dict[str, Any],
    plans: Sequence[_VariantPlan],
    found: Found,
    writes: Writes,
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


def _prices(product: Product) -> list[Any]:
    return [getattr(product, name) for name in PRICE_COLUMNS]


def _next_position(variants: Iterable[ProductVariant]) -> int:
    return max((variant.position for variant in variants), default=-1) + 1


def _too_many_attributes() -> InvalidInput:
    return InvalidInput("", f"At most {MAX_ATTRIBUTES} attributes.", code="max_length")
