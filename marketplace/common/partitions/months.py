"""Months as bounds of partitions, in the type of the column that a table is partitioned by."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Self
from uuid import UUID

from marketplace.common.ids import uuid7_floor

_NAME: Final = re.compile(r"_(\d{4})_(\d{2})$")


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def of_text(cls, value: str, kind: str) -> Self:
        """Return the month that a row belongs to whose key PostgreSQL writes so."""
        if kind == "uuid":
            return cls.of(datetime.fromtimestamp((UUID(value).int >> 80) / 1000, UTC))
        return cls.of(datetime.fromisoformat(value))

    @classmethod
    def of_partition(cls, name: str) -> Self | None:
        """Return the month that a partition was made for; None for the first and the rest."""
        found = _NAME.search(name)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year:04}_{self.month:02}"

    def plus(self, months: int) -> Self:
        place = self.year * 12 + self.month - 1 + months
        return type(self)(place // 12, place % 12 + 1)

    def bound(self, kind: str) -> str:
        """Return its beginning, in UTC, as a literal of a column's type."""
        start = datetime(self.year, self.month, 1, tzinfo=UTC)
        match kind:
            case "uuid":
                return f"'{uuid7_floor(start)}'"
            case "date":
                return f"'{start.date()}'"
            case "timestamp with time zone":
                return f"'{start.isoformat()}'"
        raise TypeError(f"tables are not partitioned by {kind}")
