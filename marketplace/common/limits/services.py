"""Limits that hold: counted in PostgreSQL by atomic upserts, whatever Redis does."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Min, Sum
from django.utils import timezone

from marketplace.common.errors import TooManyAttempts
from marketplace.common.limits.models import LimitCounter
from marketplace.common.pruning import delete_in_batches

KEEP = timedelta(days=2)
# A window is counted in this many parts, so that it slides: with fixed windows, twice the limit
# passes around the moment where one ends.
PARTS = 15


def check_limit(action: str, subject: str, *, limit: int, window_seconds: int) -> None:
    """Count one more of `action` by `subject`; refuse it beyond `limit` in any such window.

    What is refused is not counted, so that asking on and on does not prolong the wait. Call it
    outside the transaction of the work: a refusal of the work must not uncount it, and concurrent
    callers must see each other's counts.
    Raises: TooManyAttempts with the seconds until one is free again.
    """
    key, now = _key(action, subject), timezone.now().timestamp()
    part = window_seconds / PARTS
    start = _part_start(now, part)
    _count(key, start)
    # Counted first and summed afterwards: of two callers at once, at least one sees both.
    found = LimitCounter.objects.filter(
        key=key, window_start__gte=start - timedelta(seconds=window_seconds)
    ).aggregate(total=Sum("count"), oldest=Min("window_start"))
    if found["total"] > limit:
        _uncount(key, start)
        free_at = found["oldest"].timestamp() + window_seconds + part
        raise TooManyAttempts(retry_after=max(1, int(free_at - now)))


def uncount(action: str, subject: str, *, window_seconds: int) -> None:
    """Take back one that was just counted, because it turned out to be harmless."""
    _uncount(_key(action, subject), _part_start(timezone.now().timestamp(), window_seconds / PARTS))


def is_limited(action: str, subject: str, *, limit: int, window_seconds: int) -> bool:
    """Tell whether the limit is used up, without counting."""
    start = _part_start(timezone.now().timestamp(), window_seconds / PARTS)
    total = LimitCounter.objects.filter(
        key=_key(action, subject), window_start__gte=start - timedelta(seconds=window_seconds)
    ).aggregate(total=Sum("count"))["total"]
    return (total or 0) >= limit


def prune_counters() -> int:
    """Delete counters of windows that are over; returns how many."""
    return delete_in_batches(LimitCounter.objects.filter(window_start__lt=timezone.now() - KEEP))


def _key(action: str, subject: str) -> str:
    text = f"{action}:{subject}".encode()
    return hmac.new(settings.TOKEN_PEPPER.encode(), text, hashlib.sha256).hexdigest()


def _part_start(now: float, part: float) -> datetime:
    return datetime.fromtimestamp(now // part * part, UTC)


def _count(key: str, start: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO limits_limitcounter (key, window_start, count) VALUES (%s, %s, 1)
            ON CONFLICT (key, window_start) DO UPDATE SET count = limits_limitcounter.count + 1
            """,
            [key, start],
        )


def _uncount(key: str, start: datetime) -> None:
    LimitCounter.objects.filter(key=key, window_start=start, count__gt=0).update(
        count=F("count") - 1
    )
