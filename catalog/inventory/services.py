"""Every change of stock. The order of locks is: stock items by pk, then products by pk.

Units are taken by one conditional UPDATE whose row count is checked; the CHECK constraint
`reserved <= on_hand` stands behind it. The UPDATE itself says what it left of each variant, so that
a fall to the low-stock threshold, or a rise from nothing, is seen under the row's own lock: of many
at once, one crosses it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from catalog.inventory.constants import LOW_STOCK_THRESHOLD, MovementReason, ReservationStatus
from catalog.inventory.errors import OutOfStock, StockIsReserved
from catalog.inventory.events import InventoryBack, InventoryLow
from catalog.inventory.models import Reservation, StockItem, StockMovement
from catalog.models import Product, ProductVariant
from marketplace.common.errors import NotFound
from marketplace.common.ids import uuid7
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.services import publish
from marketplace.common.prepared import Given, OneOf, PreparedQuery, fetch_prepared
from marketplace.common.read_cache import catalogue_changed, products_changed


@dataclass(frozen=True)
class ReservationRequest:
    """Units of one variant for one order."""

    reference: UUID
    variant_id: UUID
    quantity: int


@dataclass(frozen=True)
class _Level:
    """What can be sold of a variant, before and after a change."""

    before: int
    after: int
    threshold: int

    @property
    def has_fallen(self) -> bool:
        return self.after <= self.threshold < self.before

    @property
    def is_back(self) -> bool:
        return self.before == 0 < self.after


@transaction.atomic
def create_stock(
    on_hand: Mapping[UUID, int],
    *,
    actor: User | None,
    reason: MovementReason = MovementReason.RECEIVED,
    low_stock_thresholds: Mapping[UUID, int] | None = None,
) -> None:
    """Give new variants their stock item; `on_hand` is units by variant id.

    A variant without an entry in `low_stock_thresholds` has the usual one.
    """
    thresholds = low_stock_thresholds or {}
    StockItem.objects.bulk_create(
        StockItem(
            variant_id=variant_id,
            on_hand=units,
            low_stock_threshold=thresholds.get(variant_id, LOW_STOCK_THRESHOLD),
        )
        for variant_id, units in on_hand.items()
    )
    StockMovement.objects.bulk_create(
        StockMovement(variant_id=variant_id, delta=units, reason=reason, actor=actor)
        for variant_id, units in on_hand.items()
        if units
    )
    _refresh_products_of(on_hand)


@transaction.atomic
def set_on_hand(
    variant_id: UUID,
    on_hand: int,
    *,
    actor: User | None,
    reason: MovementReason = MovementReason.ADJUSTED,
    note: str = "",
    low_stock_threshold: int | None = None,
) -> StockItem:
    """Set how many units lie on the shelf, and from how few on the seller is told.

    Locks: the stock item, then the product. Raises: NotFound; StockIsReserved below `reserved`.
    Publishes: inventory.low, inventory.back.
    """
    item = _with_threshold(_lock_one(variant_id), low_stock_threshold)
    return _move(item, on_hand, actor=actor, reason=reason, note=note)


@transaction.atomic
def set_many_on_hand(
    on_hand: Mapping[UUID, int], *, actor: User | None, reason: MovementReason
) -> None:
    """Set how many units of each variant lie on the shelf, in a few statements for all of them.

    Locks: the stock items by pk, then the products by pk. Raises: StockIsReserved, for the first
    of them, below `reserved`. Publishes: inventory.low, inventory.back.
    """
    items = StockItem.objects.lock(on_hand)
    deltas = {
        variant_id: on_hand[variant_id] - item.on_hand
        for variant_id, item in items.items()
        if on_hand[variant_id] != item.on_hand
    }
    for variant_id in deltas:
        if on_hand[variant_id] < items[variant_id].reserved:
            raise StockIsReserved(items[variant_id].reserved)
    _change({variant_id: (delta, 0) for variant_id, delta in deltas.items()})
    StockMovement.objects.bulk_create(
        StockMovement(variant_id=variant_id, delta=delta, reason=reason, actor=actor)
        for variant_id, delta in deltas.items()
    )
    _refresh_products_of(deltas)


@transaction.atomic
def adjust_on_hand(
    variant_id: UUID,
    delta: int,
    *,
    actor: User | None,
    reason: MovementReason = MovementReason.ADJUSTED,
    note: str = "",
    low_stock_threshold: int | None = None,
) -> StockItem:
    """Add units to the shelf or take them off, and set from how few on the seller is told.

    Locks: the stock item, then the product. Raises: NotFound; StockIsReserved below `reserved`.
    Publishes: inventory.low, inventory.back.
    """
    item = _with_threshold(_lock_one(variant_id), low_stock_threshold)
    return _move(item, item.on_hand + delta, actor=actor, reason=reason, note=note)


@transaction.atomic
def set_low_stock_threshold(variant_id: UUID, threshold: int) -> StockItem:
    """Set at how many units left to sell the seller is told.

    It tells nobody: who sets it sees what is left, and hears of the next fall.
    Locks: the stock item. Raises: NotFound.
    """
    return _with_threshold(_lock_one(variant_id), threshold)


@transaction.atomic(savepoint=False)
def reserve(requests: Sequence[ReservationRequest], *, expires_at: datetime | None) -> None:
    """Promise units to orders: all of them, or none. A variant belongs to one request only.

    A refusal undoes the caller's whole transaction; who wants to go on wraps it in `atomic()`.
    Locks: the stock items by pk, then the products that have just been sold out.
    Raises: OutOfStock naming every variant that falls short. Publishes: inventory.low.
    """
    levels, pages = _take(requests, expires_at)
    short = [request for request in requests if request.variant_id not in levels]
    if short:
        raise OutOfStock(_available(request.variant_id for request in short))
    _publish_crossings(levels)
    sold_out = [variant_id for variant_id, level in levels.items() if level.after == 0]
    _refresh_products_of(sold_out)
    if not sold_out:
        products_changed(lambda: pages)


@transaction.atomic
def release(
    references: Iterable[UUID], *, status: ReservationStatus = ReservationStatus.RELEASED
) -> int:
    """Give back what orders hold; returns the number of variants.

    Idempotent: a reservation ends once. Several orders are one call, so that their rows are locked
    in order. Locks: the stock items by pk, then products back in stock. Publishes: inventory.back.
    """
    ended = _end(references, status)
    _change({variant_id: (0, -quantity) for variant_id, quantity in ended.items()})
    _refresh_products_of(ended)
    return len(ended)


def hold_for_good(references: Iterable[UUID]) -> None:
    """Let orders keep what they hold until they end: their money has arrived."""
    held = Reservation.objects.filter(reference__in=list(references), status=ReservationStatus.HELD)
    held.update(expires_at=None, updated_at=Now())


@transaction.atomic
def commit(reference: UUID, *, actor: User | None) -> int:
    """Take what an order holds off the shelf: it has left. Returns the number of variants.

    Idempotent: a reservation ends once. Locks: the stock items by pk.
    """
    ended = _end([reference], ReservationStatus.COMMITTED)
    _change({variant_id: (-quantity, -quantity) for variant_id, quantity in ended.items()})
    StockMovement.objects.bulk_create(
        StockMovement(
            variant_id=variant_id,
            delta=-quantity,
            reason=MovementReason.SOLD,
            reference=reference,
            actor=actor,
        )
        for variant_id, quantity in ended.items()
    )
    return len(ended)


@transaction.atomic
def restock(
    units: Mapping[UUID, int], *, reference: UUID, actor: User | None, note: str = ""
) -> None:
    """Put returned goods back on the shelf; `units` by variant id.

    Locks: the stock items by pk, then products back in stock. Publishes: inventory.back.
    """
    items = StockItem.objects.lock(units)
    _change({variant_id: (units[variant_id], 0) for variant_id in items})
    StockMovement.objects.bulk_create(
        StockMovement(
            variant_id=variant_id,
            delta=units[variant_id],
            reason=MovementReason.RETURNED,
            reference=reference,
            actor=actor,
            note=note,
        )
        for variant_id in items
    )
    _refresh_products_of(items)


@transaction.atomic
def refresh_in_stock(product_ids: Iterable[UUID]) -> None:
    """Recompute `in_stock` of products.

    Locks: the products by pk, in a statement of its own: the one that recomputes must not start
    before another transaction's change of the same product is visible.
    """
    ids = list(product_ids)
    if not ids:
        return
    locked = Product.objects.filter(pk__in=ids).order_by("pk")
    list(locked.select_for_update(of=("self",), no_key=True).values_list("pk"))
    Product.objects.filter(pk__in=ids).update(in_stock=Exists(_free_variants()))
    catalogue_changed()


def _free_variants() -> QuerySet[StockItem]:
    return StockItem.objects.filter(
        variant__product=OuterRef("pk"),
        variant__is_active=True,
        variant__archived_at=None,
        on_hand__gt=F("reserved"),
    )


def _refresh_products_of(variant_ids: Iterable[UUID]) -> None:
    ids = list(variant_ids)
    if ids:
        refresh_in_stock(
            ProductVariant.objects.filter(pk__in=ids)
            .values_list("product_id", flat=True)
            .distinct()
        )


def _tell_pages_of(variant_ids: Iterable[UUID]) -> None:
    """Have the pages of products show the new number of units; lists show no numbers."""
    ids = list(variant_ids)

    def refs() -> list[str]:
        return [str(ref) for row in _products_of.values(ids=ids) for ref in row.values()]

    products_changed(refs)


@PreparedQuery
def _products_of() -> Any:
    variants = ProductVariant.objects.filter(OneOf(F("pk"), Given("ids")))
    return variants.values("product_id", "product__slug").distinct()


def _lock_one(variant_id: UUID) -> StockItem:
    item = StockItem.objects.lock([variant_id]).get(variant_id)
    if item is None:
        raise NotFound
    return item


def _with_threshold(item: StockItem, threshold: int | None) -> StockItem:
    if threshold is not None and threshold != item.low_stock_threshold:
        item.low_stock_threshold = threshold
        item.save(update_fields=["low_stock_threshold", "updated_at"])
    return item


def _move(
    item: StockItem, on_hand: int, *, actor: User | None, reason: MovementReason, note: str
) -> StockItem:
    if on_hand < item.reserved:
        raise StockIsReserved(item.reserved)
    delta = on_hand - item.on_hand
    if delta == 0:
        return item
    before = item.available
    item.on_hand = on_hand
    item.save(update_fields=["on_hand", "updated_at"])
    StockMovement.objects.create(
        variant_id=item.variant_id, delta=delta, reason=reason, note=note, actor=actor
    )
    level = _Level(before, item.available, item.low_stock_threshold)
    _publish_crossings({item.variant_id: level})
    if (before > 0) != (item.available > 0):
        _refresh_products_of([item.variant_id])
    else:
        _tell_pages_of([item.variant_id])
    return item


def _publish_crossings(levels: Mapping[UUID, _Level]) -> None:
    """Tell of what has fallen to its threshold and of what is back: no statement without one."""
    low = tuple(variant_id for variant_id, level in levels.items() if level.has_fallen)
    back = tuple(variant_id for variant_id, level in levels.items() if level.is_back)
    events: list[Event] = [InventoryLow(low)] if low else []
    if back:
        events.append(InventoryBack(back))
    publish(*events)


def _take(
    requests: Sequence[ReservationRequest], expires_at: datetime | None
) -> tuple[dict[UUID, _Level], list[str]]:
    """Raise `reserved` where enough is free; returns the levels of those variants.

    All in one statement, as others wait for the rows from here on until the commit. Returns also
    under which names the pages of the products are stored: their ids and slugs.
    """
    rows = fetch_prepared(
        """
        WITH wanted AS (
            SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[])
                AS row (id, reference, variant_id, quantity)
        ), locked AS MATERIALIZED (
            SELECT item.id, wanted.quantity
            FROM inventory_stockitem item JOIN wanted USING (variant_id)
            ORDER BY item.id
            FOR UPDATE OF item
        ), taken AS (
            UPDATE inventory_stockitem item
            SET reserved = item.reserved + locked.quantity, updated_at = now()
            FROM locked
            WHERE item.id = locked.id AND item.on_hand - item.reserved >= locked.quantity
            RETURNING item.variant_id, item.on_hand - item.reserved AS free, low_stock_threshold
        ), held AS (
            INSERT INTO inventory_reservation
                (id, created_at, updated_at, reference, variant_id, quantity, status, expires_at)
            SELECT id, now(), now(), reference, variant_id, quantity, %s, %s
            FROM wanted JOIN taken USING (variant_id)
        )
        SELECT taken.variant_id, free, low_stock_threshold, product.id::text, product.slug
        FROM taken
        JOIN catalog_productvariant variant ON variant.id = taken.variant_id
        JOIN catalog_product product ON product.id = variant.product_id
        """,
        [
            [uuid7() for _ in requests],
            [request.reference for request in requests],
            [request.variant_id for request in requests],
            [request.quantity for request in requests],
            ReservationStatus.HELD.value,
            expires_at,
        ],
    )
    quantities = {request.variant_id: request.quantity for request in requests}
    levels = {
        variant_id: _Level(free + quantities[variant_id], free, threshold)
        for variant_id, free, threshold, _, _ in rows
    }
    return levels, [ref for row in rows for ref in row[3:]]


def _available(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    ids = list(variant_ids)
    free = {item.variant_id: item.available for item in StockItem.objects.filter(variant__in=ids)}
    return {variant_id: free.get(variant_id, 0) for variant_id in ids}


def _change(deltas: Mapping[UUID, tuple[int, int]]) -> None:
    """Add to (`on_hand`, `reserved`) of stock items that the caller has locked.

    Publishes: inventory.low, inventory.back.
    """
    if not deltas:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_stockitem item
            SET on_hand = item.on_hand + delta.on_hand,
                reserved = item.reserved + delta.reserved,
                updated_at = now()
            FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS delta (variant_id, on_hand, reserved)
            WHERE item.variant_id = delta.variant_id
            RETURNING item.variant_id, item.on_hand - item.reserved, item.low_stock_threshold
            """,
            [
                list(deltas),
                [on_hand for on_hand, _ in deltas.values()],
                [reserved for _, reserved in deltas.values()],
            ],
        )
        levels = {
            variant_id: _Level(free - on_hand + reserved, free, threshold)
            for variant_id, free, threshold in cursor.fetchall()
            for on_hand, reserved in [deltas[variant_id]]
        }
    _publish_crossings(levels)


def _end(references: Iterable[UUID], status: ReservationStatus) -> dict[UUID, int]:
    """End what orders hold; returns the units by variant id. Locks the stock items first."""
    held = Reservation.objects.filter(reference__in=list(references), status=ReservationStatus.HELD)
    StockItem.objects.lock(held.values_list("variant_id", flat=True))
    rows = list(held.values_list("pk", "variant_id", "quantity"))
    Reservation.objects.filter(pk__in=[row[0] for row in rows]).update(
        status=status, ended_at=Now(), updated_at=Now()
    )
    ended: dict[UUID, int] = {}
    for _, variant_id, quantity in rows:
        ended[variant_id] = ended.get(variant_id, 0) + quantity
    return ended
