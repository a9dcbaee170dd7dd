"""The clocks, in SQL: one place says what is late, for counting, listing and cancelling.

Conditions are about rows of `orders_order`. Holidays are looked up only where an order would be
late without them.
"""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from orders.models import Order
from orders.standing.constants import Measure, Obligation


def _sql(text: str, **values: Any) -> Q:
    """Return a condition in SQL about the row `o` of `orders_order`."""
    parts = re.sub(r"\bo\.", "orders_order.", text).split("%(")
    sql, params = parts[0], []
    for part in parts[1:]:
        name, _, rest = part.partition(")s")
        sql += f"%s{rest}"
        params.append(values[name])
    return Q(RawSQL(sql, params, output_field=BooleanField()))  # noqa: S611 - of ours alone


# From when to when each clock runs, and of which orders; `now` is a parameter.
_CONFIRM: Final = ("o.placed_at", "coalesce(o.confirmed_at, o.cancelled_at, {now})")
_HAND_OVER: Final = ("o.confirmed_at", "coalesce(o.shipped_at, o.cancelled_at, {now})")
_ELAPSED: Final = """
    CASE WHEN {until} - {since} > {limit}
    THEN {until} > shops_clock_ends(o.shop_id, {since}, {limit})
    ELSE false END
"""
# A return that its shop said nothing to, in the time for it.
_SILENT: Final = """
    EXISTS (
        SELECT FROM returns_return r JOIN returns_returnevent e ON e.return_request_id = r.id
        WHERE r.order_id = o.id AND e.to_status = 'approved' AND e.actor_kind = 'system'
    )
"""
_CANCELLED: Final = """
    o.status = 'cancelled' AND EXISTS (
        SELECT FROM orders_orderevent e
        WHERE e.order_id = o.id AND e.to_status = 'cancelled'
            AND e.actor_kind IN ('seller', 'system')
            AND e.from_status IN ('placed', 'confirmed', 'packed')
    )
"""
_RETURNED: Final = """
    EXISTS (
        SELECT FROM returns_return r
        WHERE r.order_id = o.id AND r.status NOT IN ('cancelled', 'rejected')
    )
"""
# Among which orders each measure counts.
AMONG: Final[dict[Measure, Q]] = {
    Measure.LATE_CONFIRMATIONS: Q(placed_at__isnull=False),
    Measure.LATE_HAND_OVERS: Q(confirmed_at__isnull=False),
    Measure.CANCELLATIONS: Q(placed_at__isnull=False),
    Measure.RETURNS: Q(delivered_at__isnull=False),
    Measure.LATE_ANSWERS: _sql("EXISTS (SELECT FROM returns_return r WHERE r.order_id = o.id)"),
}


def limit_of(obligation: Obligation) -> timedelta:
    """Return how long a shop may take."""
    match obligation:
        case Obligation.CONFIRM:
            return timedelta(hours=settings.ORDER_CONFIRM_HOURS)
        case Obligation.HAND_OVER:
            return timedelta(hours=settings.ORDER_HAND_OVER_HOURS)
        case Obligation.ANSWER_RETURN:
            return timedelta(days=settings.RETURN_ANSWER_DAYS)


def counted(measure: Measure, now: datetime) -> Q:
    """Return which of the orders that a measure is about count in it."""
    match measure:
        case Measure.LATE_CONFIRMATIONS:
            return _later_than(_CONFIRM, limit_of(Obligation.CONFIRM), now)
        case Measure.LATE_HAND_OVERS:
            return _later_than(_HAND_OVER, limit_of(Obligation.HAND_OVER), now)
        case Measure.CANCELLATIONS:
            return _sql(_CANCELLED)
        case Measure.RETURNS:
            return _sql(_RETURNED)
        case Measure.LATE_ANSWERS:
            return _sql(_SILENT)


def waiting(obligation: Obligation, limit: timedelta, now: datetime) -> QuerySet[Order]:
    """Return the orders whose shops have owed this step for longer than a time."""
    is_first = obligation == Obligation.CONFIRM
    clock = _CONFIRM if is_first else _HAND_OVER
    statuses = ["placed"] if is_first else ["confirmed", "packed"]
    return Order.objects.filter(_later_than(clock, limit, now), status__in=statuses)


def _later_than(clock: tuple[str, str], limit: timedelta, now: datetime) -> Q:
    since, until = clock
    text = _ELAPSED.format(since=since, until=until.format(now="%(now)s"), limit="%(limit)s")
    return _sql(text, now=now, limit=limit)
