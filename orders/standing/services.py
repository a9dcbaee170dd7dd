"""Keeping shops to their deadlines, and counting how they do."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.common.outbox.services import publish
from orders.constants import ActorKind
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.standing.conditions import limit_of, waiting
from orders.standing.constants import WINDOW, Measure, Obligation
from orders.standing.events import DeadlineNear
from orders.standing.models import DeadlineWarning, ShopStanding
from orders.standing.selectors import counts_of, due_at
from shops.shipping.constants import AWAY

_REASONS: Final = {
    Obligation.CONFIRM: "The shop did not confirm the order in time.",
    Obligation.HAND_OVER: "The shop did not send the order in time.",
}
_FIGURES: Final = (
    "orders",
    "late_confirmations",
    "confirmed_orders",
    "late_hand_overs",
    "cancellations",
    "delivered_orders",
    "returns",
    "returned_orders",
    "late_answers",
    "late_rate_bps",
    "cancel_rate_bps",
    "return_rate_bps",
)


def orders_to_warn_of(obligation: Obligation, limit: int) -> list[UUID]:
    """Return the orders that will soon be late, or are, and of which nobody was told."""
    lead = timedelta(hours=settings.ORDER_WARN_HOURS)
    found = waiting(obligation, limit_of(obligation) - lead, timezone.now())
    untold = found.exclude(deadline_warnings__obligation=obligation)
    return list(untold.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def warn_of_deadline(order_id: UUID, obligation: Obligation) -> bool:
    """Tell a shop once that an order is nearly late; False when that is settled, or locked.

    Locks: the order, skipping one that somebody works on. Publishes: orders.deadline_near.
    """
    lead = timedelta(hours=settings.ORDER_WARN_HOURS)
    limit = limit_of(obligation)
    order = _lock_waiting(order_id, obligation, limit - lead)
    if order is None:
        return False
    since = "placed_at" if obligation == Obligation.CONFIRM else "confirmed_at"
    clock = Order.objects.filter(pk=order_id).values_list(due_at(since, limit), flat=True)
    due: datetime = clock.get()
    _, is_new = DeadlineWarning.objects.get_or_create(
        order=order, obligation=obligation, defaults={"due_at": due}
    )
    if is_new:
        publish(DeadlineNear(order.pk, obligation.value, due.isoformat()))
    return is_new


def orders_to_cancel(obligation: Obligation, limit: int) -> list[UUID]:
    """Return the orders that are so late that they are cancelled; their shops were warned."""
    found = waiting(obligation, _most(obligation), timezone.now())
    warned = found.filter(deadline_warnings__in=_warned(obligation))
    warned = warned.exclude(shipments__status__in=AWAY)
    return list(warned.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def cancel_late_order(order_id: UUID, obligation: Obligation) -> bool:
    """Cancel an order that its shop let lie, and send the buyer's money back.

    False when the shop acted meanwhile, or somebody works on it now. One of which a parcel is on
    its way is not cancelled any more. Locks: the order, skipping one that is locked; then as
    `cancel_order`. Publishes: orders.cancelled. Raises: ParcelAway for one that left just now.
    """
    if _lock_waiting(order_id, obligation, _most(obligation)) is None:
        return False
    if not _warned(obligation).filter(order=order_id).exists():
        return False
    cancel_order(order_id, actor=None, actor_kind=ActorKind.SYSTEM, reason=_REASONS[obligation])
    return True


def count_standings(*, now: datetime | None = None) -> int:
    """Count the last 30 days of every shop that sold in them; returns how many shops there are.

    Idempotent. Shops that sold nothing lose their row.
    """
    now = now or timezone.now()
    orders = Order.objects.filter(placed_at__gte=now - WINDOW)
    rows = orders.order_by().values("shop_id").annotate(**counts_of(now))
    found = [_standing(row, now) for row in rows]
    with transaction.atomic():
        ShopStanding.objects.bulk_create(
            found,
            batch_size=1_000,
            update_conflicts=True,
            unique_fields=["shop"],
            update_fields=["counted_at", *_FIGURES],
        )
        ShopStanding.objects.filter(counted_at__lt=now).delete()
    return len(found)


def _standing(row: Any, now: datetime) -> ShopStanding:
    counts = {each.value: row[f"{each}_count"] for each in Measure}
    orders, confirmed, delivered, returned = (
        row[f"{each}_of"]
        for each in (
            Measure.LATE_CONFIRMATIONS,
            Measure.LATE_HAND_OVERS,
            Measure.RETURNS,
            Measure.LATE_ANSWERS,
        )
    )
    late = counts[Measure.LATE_CONFIRMATIONS] + counts[Measure.LATE_HAND_OVERS]
    return ShopStanding(
        shop_id=row["shop_id"],
        counted_at=now,
        orders=orders,
        confirmed_orders=confirmed,
        delivered_orders=delivered,
        returned_orders=returned,
        late_rate_bps=_bps(late, orders + confirmed),
        cancel_rate_bps=_bps(counts[Measure.CANCELLATIONS], orders),
        return_rate_bps=_bps(counts[Measure.RETURNS], delivered),
        **counts,
    )


def _bps(part: int, whole: int) -> int:
    return part * 10_000 // whole if whole else 0


def _most(obligation: Obligation) -> timedelta:
    return limit_of(obligation) + timedelta(hours=settings.ORDER_CANCEL_AFTER_HOURS)


def _warned(obligation: Obligation) -> QuerySet[DeadlineWarning]:
    """Return warnings that were given long enough ago to be heeded."""
    since = timezone.now() - timedelta(hours=settings.ORDER_WARN_HOURS)
    return DeadlineWarning.objects.filter(obligation=obligation, created_at__lte=since)


def _lock_waiting(order_id: UUID, obligation: Obligation, limit: timedelta) -> Order | None:
    """Lock an order whose shop still owes the step for so long; None when it does not, or is held.

    Its clock is read by a second statement, which sees what was committed before the lock.
    """
    locked = Order.objects.select_for_update(of=("self",), skip_locked=True)
    if not locked.filter(pk=order_id).exists():
        return None
    return waiting(obligation, limit, timezone.now()).filter(pk=order_id).first()
