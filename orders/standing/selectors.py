"""A shop's standing: what it owes now, and how it kept its word in 30 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Value
from django.utils import timezone

from orders.constants import OrderStatus
from orders.models import Order
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return
from orders.standing.conditions import AMONG, counted, limit_of
from orders.standing.constants import DUE_SHOWN, WINDOW, Measure, Obligation
from shops.models import Shop
from shops.querysets import ClockEnds


@dataclass(frozen=True)
class Figure:
    measure: Measure
    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return round(self.count / self.of, 4) if self.of else None


@dataclass(frozen=True)
class Due:
    """A step that a shop owes; `cancelled_at` is when the order is cancelled without it."""

    obligation: Obligation
    order_id: UUID
    number: str
    since: datetime
    due_at: datetime
    cancelled_at: datetime | None = None
    return_id: UUID | None = None

    @property
    def is_late(self) -> bool:
        return self.due_at <= timezone.now()


@dataclass(frozen=True)
class Standing:
    since: datetime
    figures: list[Figure]
    due: list[Due]


def standing_of(shop: Shop) -> Standing:
    """Return a shop's standing of this moment; four statements."""
    now = timezone.now()
    return Standing(now - WINDOW, figures_of(_recent(shop, now), now), due_of(shop))


def figures_of(orders: QuerySet[Order], now: datetime) -> list[Figure]:
    """Count every measure over some orders, in one statement."""
    counts = orders.aggregate(**counts_of(now))
    return [Figure(each, counts[f"{each}_count"], counts[f"{each}_of"]) for each in Measure]


def counts_of(now: datetime) -> dict[str, Count]:
    """Return how many orders each measure counts (`..._count`), and among how many (`..._of`)."""
    found = {}
    for measure in Measure:
        among = AMONG[measure]
        found[f"{measure}_count"] = Count("pk", filter=among & counted(measure, now))
        found[f"{measure}_of"] = Count("pk", filter=among)
    return found


def orders_behind(shop: Shop, measure: Measure) -> QuerySet[Order]:
    """Return the orders that a measure counts of a shop."""
    now = timezone.now()
    return _recent(shop, now).filter(AMONG[measure], counted(measure, now))


def due_of(shop: Shop, *, most: int = DUE_SHOWN) -> list[Due]:
    """Return the steps that a shop owes, what is due first, first; three statements."""
    grace = timedelta(hours=settings.ORDER_CANCEL_AFTER_HOURS)
    found = []
    for obligation, since, statuses in (
        (Obligation.CONFIRM, "placed_at", [OrderStatus.PLACED]),
        (Obligation.HAND_OVER, "confirmed_at", [OrderStatus.CONFIRMED, OrderStatus.PACKED]),
    ):
        limit = limit_of(obligation)
        rows = Order.objects.filter(shop=shop, status__in=statuses).annotate(
            due_at=due_at(since, limit), given_up_at=due_at(since, limit + grace)
        )
        shown = rows.order_by(since, "pk").values_list(
            "pk", "number", since, "due_at", "given_up_at"
        )
        found += [Due(obligation, *row) for row in shown[:most]]
    returns: Any = Return.objects.filter(shop=shop, status=ReturnStatus.REQUESTED).with_due()
    found += [
        Due(
            Obligation.ANSWER_RETURN,
            row.order_id,
            row.order.number,
            row.moved_at,
            row.due_at,
            return_id=row.pk,
        )
        for row in returns.select_related("order").order_by("deadline_at", "pk")[:most]
    ]
    return sorted(found, key=lambda each: (each.due_at, each.order_id))[:most]


def due_at(since: str, limit: timedelta) -> ClockEnds:
    """Return when an order's clock runs out that began at this column."""
    return ClockEnds(F("shop"), F(since), Value(limit))


def _recent(shop: Shop, now: datetime) -> QuerySet[Order]:
    # By an index range of the shop's; an order is placed when it is made, or minutes later.
    return Order.objects.filter(Q(placed_at__isnull=False), shop=shop, created_at__gte=now - WINDOW)
