"""Calendar months where the deployment is: what statements are about."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Return the month that a moment lies in."""
        local = moment.astimezone(_zone())
        return cls(local.year, local.month)

    @property
    def start(self) -> datetime:
        """Its first moment, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=_zone()).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return self.following.start

    @property
    def following(self) -> Self:
        return type(self)(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Self:
        return type(self).of(self.start - timedelta(days=1))


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.LOCAL_TIME_ZONE)
