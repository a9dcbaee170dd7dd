"""Many products at once: what a file of rows says, by the rules of single products.

A batch costs a few dozen statements however many products it has; the services of single products
would take a dozen each.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from catalog.errors import SkuTaken
from catalog.events import PriceFell
from catalog.inventory.constants import MovementReason
from catalog.inventory.events import InventoryBack
from catalog.inventory.models import StockItem
from catalog.inventory.services import create_stock, set_many_on_hand
from catalog.models import Brand, Category, Product, ProductVariant
from catalog.search.documents import index_products
from catalog.services._batch_plan import Found, Writes, plan_product
from catalog.services.batch_rows import BatchResult, ProductRows, Refused, error_of
from catalog.services.derived import PRICE_COLUMNS
from catalog.services.skus import is_sku_clash
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
            one = BatchResult(errors=[error_of(row, "sku", error) for row in group.rows])
        result.created += one.created
        result.updated += one.updated
        result.unchanged += one.unchanged
        result.errors += one.errors
    return result


def _apply(shop_id: UUID, groups: Sequence[ProductRows], actor: User | None) -> BatchResult:
    result, writes = BatchResult(), Writes()
    try:
        with transaction.atomic():
            found = _find(shop_id, groups)
            for group in groups:
                try:
                    plan_product(group, found, writes, result)
                except Refused as refused:
                    result.errors += refused.errors
            _write(writes, actor)
    except IntegrityError as error:
        if not is_sku_clash(error):
            raise
        raise SkuTaken([]) from error
    return result


def _find(shop_id: UUID, groups: Sequence[ProductRows]) -> Found:
    rows = [row for group in groups for row in group.rows]
    found = Found(
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


def _write(writes: Writes, actor: User | None) -> None:
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
