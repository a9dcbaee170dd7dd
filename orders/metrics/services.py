"""Counting days anew, from what is stored, as often as one likes."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from marketplace.common.ids import uuid7_floor
from marketplace.common.local_days import days_between, local_day
from orders.metrics import sql
from orders.metrics.constants import DAYS_PER_CHUNK, OVERLAP, PAYMENT_DAYS
from orders.metrics.models import RollupMark


def count_days(days: Iterable[date], *, on_progress: Callable[[int], None] = lambda n: None) -> int:
    """Count these days anew, a few in each transaction; returns how many they were.

    Idempotent. Not safe beside itself: two that count one day at the same time may both find it
    without a row. `orders.metrics.jobs` sees to it.
    """
    wanted = sorted(set(days))
    for start in range(0, len(wanted), DAYS_PER_CHUNK):
        chunk = wanted[start : start + DAYS_PER_CHUNK]
        _count(chunk)
        on_progress(len(chunk))
    return len(wanted)


def count_changes(*, now: datetime | None = None) -> int:
    """Count the days anew that something has changed since the last time; the first time, all.

    However long the last time is ago, and however far back an order goes that was cancelled or
    refunded since. Idempotent; not safe beside itself, as `count_days`.
    """
    now = now or timezone.now()
    mark = RollupMark.objects.first()
    if mark is None:
        return count_everything(now=now)
    return _count_until(now, _changed_days(mark.counted_until - OVERLAP, now))


def count_everything(*, now: datetime | None = None) -> int:
    """Count every day since the first order or account; as `count_days`."""
    now = now or timezone.now()
    return _count_until(now, _all_days(now))


def _count_until(now: datetime, days: set[date]) -> int:
    done = count_days(days)
    RollupMark.objects.update_or_create(pk=1, defaults={"counted_until": now})
    return done


@transaction.atomic
def _count(days: list[date]) -> None:
    parameters: dict[str, Any] = {"days": days, "zone": settings.LOCAL_TIME_ZONE}
    with connection.cursor() as cursor:
        for statement in (sql.SHOP_DAYS, sql.PRODUCT_DAYS, sql.PLATFORM_DAYS, sql.PAYMENT_DAYS):
            cursor.execute(statement, parameters)


def _all_days(now: datetime) -> set[date]:
    last = local_day(now)
    found = _dates(sql.FIRST_DAY, {}) or {last}
    return set(days_between(min(found), last))


def _changed_days(since: datetime, now: datetime) -> set[date]:
    first = min(local_day(since), local_day(now) - timedelta(days=PAYMENT_DAYS))
    touched = _dates(sql.TOUCHED_DAYS, {"floor": uuid7_floor(since), "since": since})
    return touched | set(days_between(first, local_day(now)))


def _dates(statement: str, parameters: dict[str, Any]) -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"zone": settings.LOCAL_TIME_ZONE, **parameters})
        return {row[0] for row in cursor.fetchall() if row[0] is not None}
