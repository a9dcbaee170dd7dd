"""Days as the deployment's people live them: from midnight to midnight of `LOCAL_TIME_ZONE`."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def local_day(moment: datetime) -> date:
    """Return the day on which something happened."""
    return moment.astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE)).date()


def today() -> date:
    """Return the present day."""
    return local_day(timezone.now())


def starts_at(day: date) -> datetime:
    """Return the moment at which a day begins, in UTC."""
    midnight = datetime.combine(day, time.min, ZoneInfo(settings.LOCAL_TIME_ZONE))
    return midnight.astimezone(UTC)


def days_between(first: date, last: date) -> list[date]:
    """Return the days from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
