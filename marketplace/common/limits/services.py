"""Limits that hold: counted in PostgreSQL by one atomic upsert, whatever Redis does."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from marketplace.common.errors import TooManyAttempts
from marketplace.common.limits.models import LimitCounter

KEEP = timedelta(days=2)


def check_limit(action: str, subject: str, *, limit: int, window_seconds: int) -> None:
    """Count one more of `action` by `subject` and refuse it beyond `limit` per fixed window.

    Call it outside the transaction of the work, so that a refusal of the work does not uncount it.
    Raises: TooManyAttempts with the seconds until the window ends.
    """
    now = timezone.now().timestamp()
    start = int(now // window_seconds) * window_seconds
    if _count(action, subject, datetime.fromtimestamp(start, UTC)) > limit:
        raise TooManyAttempts(retry_after=max(1, int(start + window_seconds - now)))


def is_limited(action: str, subject: str, *, limit: int, window_seconds: int) -> bool:
    """Tell whether the limit is used up, without counting."""
    start = int(timezone.now().timestamp() // window_seconds) * window_seconds
    return LimitCounter.objects.filter(
        key=_key(action, subject),
        window_start=datetime.fromtimestamp(start, UTC),
        count__gte=limit,
    ).exists()


def prune_counters() -> int:
    """Delete counters of windows that are over; returns how many."""
    return LimitCounter.objects.filter(window_start__lt=timezone.now() - KEEP).delete()[0]


def _key(action: str, subject: str) -> str:
    text = f"{action}:{subject}".encode()
    return hmac.new(settings.TOKEN_PEPPER.encode(), text, hashlib.sha256).hexdigest()


def _count(action: str, subject: str, window_start: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO limits_limitcounter (key, window_start, count) VALUES (%s, %s, 1)
            ON CONFLICT (key, window_start) DO UPDATE SET count = limits_limitcounter.count + 1
            RETURNING count
            """,
            [_key(action, subject), window_start],
        )
        return int(cursor.fetchone()[0])
