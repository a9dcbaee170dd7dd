"""What the figures have to reach, and whether they do."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """`measured` in words; without it, what it needs was not measured."""

    what: str
    wanted: str
    measured: str
    is_met: bool


def at_least(what: str, value: float, least: float, *, unit: str = "×") -> Goal:
    return Goal(what, f"≥ {least:g} {unit}", f"{value:,.3g} {unit}", value >= least)


def at_most(what: str, value: float, most: float, *, unit: str) -> Goal:
    return Goal(what, f"≤ {most:g} {unit}", f"{value:,.3g} {unit}", value <= most)


def exactly(what: str, value: int, wanted: int) -> Goal:
    return Goal(what, f"{wanted:,}", f"{value:,}", value == wanted)


@dataclass(frozen=True)
class _Ratio:
    what: str
    one: str
    other: str
    least: float


@dataclass(frozen=True)
class _Limit:
    what: str
    name: str
    column: str
    most: float
    unit: str


_RATIOS = (
    _Ratio("list of 20, of its plain DRF twin", "list", "list-plain", 5),
    _Ratio("list of 20, of the same statement in pgbench", "list", "list-pgbench", 0.4),
    _Ratio("detail, of its plain DRF twin", "detail", "detail-plain", 5),
    _Ratio("search with facets, of its plain DRF twin", "search", "search-plain", 3),
    _Ratio("list cached, of the no-op view", "list-cached", "noop", 1.4),
    _Ratio("list not changed (304), of the no-op view", "list-304", "noop", 1.4),
    _Ratio("detail cached, of the no-op view", "detail-cached", "noop", 1.4),
    _Ratio("list, of FastAPI", "list", "fastapi-list", 5),
    _Ratio("list cached, of FastAPI with Redis", "list-cached", "fastapi-list-cached", 3),
    _Ratio("list cached, of FastAPI with Redis, aim", "list-cached", "fastapi-list-cached", 4),
    _Ratio("detail cached, of FastAPI with Redis", "detail-cached", "fastapi-detail-cached", 4),
    _Ratio("checkout, of its own statements in pgbench", "checkout", "checkout-replay", 0.3),
    _Ratio("checkout, of the least statements in pgbench", "checkout", "checkout-floor", 0.1),
    _Ratio("one hot variant, of the spread rate", "checkout-hot", "checkout", 0.4),
)
_LIMITS = (
    _Limit("list of 20", "list", "queries", 1, "statements"),
    _Limit("detail", "detail", "queries", 2, "statements"),
    _Limit("checkout", "checkout", "queries", 30, "statements"),
    _Limit("search, p99", "search", "p99_ms", 80, "ms"),
    _Limit("suggest, p99", "suggest", "p99_ms", 20, "ms"),
    _Limit("one hot variant, p99", "checkout-hot", "p99_ms", 400, "ms"),
)
FLOWS_PER_SECOND = 90
WEB_WORKER_MB = 180
MORE_STATEMENTS = 3


def judge(rows: Mapping[str, Row], facts: Mapping[str, float]) -> list[Goal]:
    """Return the goals of whatever was measured; the others are left out."""
    found = [
        at_least(goal.what, _ratio(rows[goal.one], rows[goal.other]), goal.least)
        for goal in _RATIOS
        if goal.one in rows and goal.other in rows
    ]
    found += [
        at_most(goal.what, rows[goal.name][goal.column], goal.most, unit=goal.unit)
        for goal in _LIMITS
        if goal.name in rows
    ]
    if "flow" in rows:
        rate = rows["flow"]["per_second"]
        what = "two adds to the cart and an order"
        found.append(at_least(what, rate, FLOWS_PER_SECOND, unit="flows/s"))
    of_facts: dict[str, Callable[[float], Goal]] = {
        "third_item": lambda n: at_most("a third item", n, MORE_STATEMENTS, unit="statements more"),
        "third_shop": lambda n: at_most("a third shop", n, MORE_STATEMENTS, unit="statements more"),
        "deadlocks": lambda n: at_most("deadlocks", n, 0, unit="deadlocks"),
        "web_worker_mb": lambda mb: at_most(
            "largest web worker after the run", mb, WEB_WORKER_MB, unit="MB"
        ),
    }
    found += [of_facts[name](value) for name, value in facts.items()]
    errors = sum(row["errors"] for row in rows.values())
    found.append(at_most("errors", errors, 0, unit="errors"))
    return found


def _ratio(one: Row, other: Row) -> float:
    ratio: float = one["per_second"] / max(other["per_second"], 0.1)
    return ratio


def as_rows(goals: list[Goal]) -> list[dict[str, Any]]:
    return [asdict(goal) for goal in goals]
