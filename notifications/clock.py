"""The deployment's own hours: when an SMS would wake people, and when the daily mail goes out."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from notifications.constants import DIGEST_HOUR, QUIET_FROM_HOUR, QUIET_UNTIL_HOUR


def is_quiet(now: datetime) -> bool:
    """Tell whether it is night where the people are."""
    hour = _local(now).hour
    return hour >= QUIET_FROM_HOUR or hour < QUIET_UNTIL_HOUR


def next_digest_at(now: datetime) -> datetime:
    """Return the next moment at which the daily mail goes out."""
    today = _local(now).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def _local(now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE))
