"""Which backups to keep."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class Retention:
    """How many days, weeks and months keep their newest backup."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


_PERIODS: Final[dict[str, Callable[[datetime], object]]] = {
    "daily": lambda made_at: made_at.date(),
    "weekly": lambda made_at: made_at.isocalendar()[:2],
    "monthly": lambda made_at: (made_at.year, made_at.month),
}


def kept(times: Iterable[datetime], retention: Retention) -> set[datetime]:
    """Return the backups to keep: the newest of each period that has one, and the newest of all.

    Periods without a backup do not count, so a pause does not use up what was kept.
    """
    newest_first = sorted(times, reverse=True)
    keep = set(newest_first[:1])
    for name, period in _PERIODS.items():
        seen: set[object] = set()
        for made_at in newest_first:
            if len(seen) == getattr(retention, name):
                break
            if period(made_at) not in seen:
                seen.add(period(made_at))
                keep.add(made_at)
    return keep
