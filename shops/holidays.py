"""Holidays of shops as what is shown of them, and whether one is now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone


@dataclass(frozen=True)
class Holiday:
    """Within it nothing can be ordered. It ends by itself, so that copies of it stay true."""

    starts_at: datetime
    ends_at: datetime
    message: str = ""

    @property
    def is_now(self) -> bool:
        return self.starts_at <= timezone.now() < self.ends_at

    @property
    def changes_at(self) -> datetime:
        """When it begins, or ends where it has begun."""
        return self.starts_at if self.starts_at > timezone.now() else self.ends_at


def holiday_of(
    starts_at: datetime | None, ends_at: datetime | None, message: str = ""
) -> Holiday | None:
    """Return the holiday in these columns of a shop, unless it is over."""
    if starts_at is None or ends_at is None or ends_at <= timezone.now():
        return None
    return Holiday(starts_at, ends_at, message)
