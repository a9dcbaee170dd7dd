"""Keeps figures in results/*.json and makes RESULTS.md and its chart of them.

.venv/bin/python benchmarks/report.py     # again from what is there, without measuring
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment
from benchmarks.goals import Goal, as_rows

RESULTS = Path(__file__).parent / "results"
REPORT = Path(__file__).parent / "RESULTS.md"
CHART = RESULTS / "rates.svg"
TIMELINE = RESULTS / "behaviour.svg"
# A load above this before a run says that others were at work.
QUIET_LOAD = 0.5
Rows = Sequence[Mapping[str, Any]]


def keep(name: str, figures: Mapping[str, Any], goals: list[Goal], machine: Any) -> None:
    """Write the figures of one measurement, and the report of all that were kept."""
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        **figures,
        "goals": as_rows(goals),
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print_goals(goals)
    print(f"\nwritten to {path.relative_to(environment.ROOT)}")
    if name in _SECTIONS:
        write()
        print(f"written to {REPORT.relative_to(environment.ROOT)}")


def print_goals(goals: Iterable[Goal]) -> None:
    print()
    for goal in goals:
        word = "met   " if goal.is_met else "MISSED"
        print(f"{word} {goal.what}: {goal.wanted}, measured {goal.measured}")


def add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")


def exit_code(goals: Iterable[Goal], *, is_checked: bool) -> int:
    return int(is_checked and not all(goal.is_met for goal in goals))


def write() -> None:
    """Make RESULTS.md and the chart from what is in results/."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}
    parts = ["# Results\n\nMade by `benchmarks/report.py` from `results/`; see README.md.\n"]
    parts += [_section(found[name], *_SECTIONS[name]) for name in _SECTIONS if name in found]
    REPORT.write_text("\n".join(parts))
    if "latest" in found:
        CHART.write_text(_chart(found["latest"]["contestants"]))
    if "behaviour" in found:
        TIMELINE.write_text(_timeline(found["behaviour"]["timeline"]))


def _section(result: Mapping[str, Any], title: str, table: Any) -> str:
    text = f"## {title}\n\n{_circumstances(result)}\n\n{table(result)}\n"
    if result.get("goals"):
        text += f"\n{_goals(result['goals'])}\n"
    return text


def _circumstances(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(
        f"{label} {machine[name]}"
        for name, label in (
            ("python", "Python"),
            ("django", "Django"),
            ("djangorestframework", "DRF"),
            ("granian", "granian"),
            ("postgresql", "PostgreSQL"),
        )
    )
    is_busy = float(machine["load_before"]) > QUIET_LOAD
    return (
        f"{'**The machine was busy, so that these are no promise.** ' if is_busy else ''}"
        f"{result['at'][:16].replace('T', ' ')} UTC; {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB; {versions}; "
        f"load before {machine['load_before']}; commit {machine['commit']}."
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are figures."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: Any, form: str = ",.0f") -> str:
    return "" if value is None else format(value, form)


def _goals(goals: Rows) -> str:
    rows = [
        [
            goal["what"],
            goal["wanted"],
            goal["measured"],
            "met" if goal["is_met"] else "**missed**",
        ]
        for goal in goals
    ]
    return _table(["goal", "wanted", "measured", ""], rows)


def _contestants(result: Mapping[str, Any]) -> str:
    heads = [
        *("", "req/s", "p50 ms", "p95 ms", "p99 ms", "statements", "CPU ms: web", "database"),
        *("Redis", "of no-op", "of twin", "errors"),
    ]
    rows = [
        [
            f"`{row['name']}` {row['what']}",
            _number(row["per_second"]),
            *(_number(row[name], ".1f") for name in ("p50_ms", "p95_ms", "p99_ms")),
            _number(row["queries"], "g"),
            *(_number(row["cpu_ms"].get(name), ".2f") for name in ("web", "database", "redis")),
            _number(row["of_noop"], ".3f"),
            _number(row["of_twin"], ".2f"),
            str(row["errors"]),
        ]
        for row in result["contestants"]
    ]
    how = (
        f"{result['products']:,} products, {result['rounds']} interleaved rounds of "
        f"{result['seconds']:g} s, {result['connections']} connections, {result['workers']} web "
        f"processes of {_threads(result)}; medians. Of `flow` a unit is three requests.\n\n"
    )
    if result.get("threads") != 1:  # one chart is enough
        how += f"![requests per second](results/{CHART.name})\n\n"
    if result.get("slow_down_ms"):
        how = f"**The list was made {result['slow_down_ms']:g} ms slower on purpose.** {how}"
    return how + _table(heads, rows)


def _threads(result: Mapping[str, Any]) -> str:
    return "one thread" if result.get("threads") == 1 else f"{result.get('threads', 2)} threads"


def _growth(result: Mapping[str, Any]) -> str:
    sizes = [f"{size:,}" for size in result["sizes"]]
    rows = [
        [row["name"], *(_number(value, ".2f") for value in row["median_ms"]), f"{row['ratio']:.2f}"]
        for row in result["contestants"]
    ]
    return _table(["median ms of one client", *sizes, "largest / smallest"], rows)


def _keyset(result: Mapping[str, Any]) -> str:
    rows = [
        [row["ordering"], *(_number(row[name], ".3f") for name in ("first_ms", "deep_ms", "ratio"))]
        for row in result["orderings"]
    ]
    return _table(["ordering", "first page ms", f"after {result['rows']:,} rows", "ratio"], rows)


def _memory(result: Mapping[str, Any]) -> str:
    rows = [[row["who"], row["command"], _number(row["pss_mb"])] for row in result["processes"]]
    head = f"After {result['seconds']:g} s of load, PSS.\n\n"
    return head + _table(["", "process", "MB"], rows)


def _imports(result: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{row['format']}, {row['what']}",
            *(_number(row[name], form) for name, form in (("rows", ",d"), ("seconds", ".1f"))),
            *(_number(row[name]) for name in ("peak_mb",)),
        ]
        for row in result["imports"]
    ]
    return _table(["file", "rows", "seconds", "peak MB"], rows)


def _console(result: Mapping[str, Any]) -> str:
    rows = [
        [page["page"], str(page["statements"]), _number(page["ms"], ",.1f")]
        for page in result["pages"][:20]
    ]
    head = (
        f"{result['orders']:,} orders, {result['products']:,} products; the 20 slowest of"
        f" {len(result['pages'])} pages.\n\n"
    )
    return head + _table(["page", "statements", "database ms"], rows)


def _behaviour(result: Mapping[str, Any]) -> str:
    rows = [
        [
            row["name"],
            f"{row['count']:,}",
            _number(row["per_second"], ".1f"),
            *(_number(row[name]) for name in ("p50_ms", "p95_ms", "p99_ms")),
            str(row["errors"]),
        ]
        for row in result["requests"]
    ]
    sold_out = sum(result["sold_out"].values())
    cores = ", ".join(f"{name} {used:g}" for name, used in result["cores"].items())
    head = (
        f"{result['users']} people at once for {result['minutes']:g} minutes, "
        f"{result['products']:,} products. The last unit was gone {sold_out} times (409): no "
        f"error. Cores used: {cores}.\n\n![latency over time](results/{TIMELINE.name})\n\n"
    )
    heads = ["request", "count", "req/s", "p50 ms", "p95 ms", "p99 ms", "errors"]
    return head + _table(heads, rows)


def _flash_sale(result: Mapping[str, Any]) -> str:
    heads = ["round", "orders", "refused (409)", "5xx", "sold out after ms", "p50 ms", "p99 ms"]
    rows = [
        [
            str(number),
            *(str(row[name]) for name in ("orders", "refused", "failed")),
            *(_number(row[name]) for name in ("sold_out_ms", "p50_ms", "p99_ms")),
        ]
        for number, row in enumerate(result["rounds"], 1)
    ]
    head = f"{result['buyers']} buyers at one moment, {result['units']} units.\n\n"
    return head + _table(heads, rows)


def _chaos(result: Mapping[str, Any]) -> str:
    heads = [
        "fault",
        "times",
        "longest outage s",
        "slowest back after s",
        "no backlog after s",
        "5xx meanwhile",
    ]
    rows = [
        [
            f"`{row['name']}` {row['what']}",
            str(row["times"]),
            *(
                _number(row.get(name), ".1f")
                for name in ("outage_seconds", "back_seconds", "backlog_seconds")
            ),
            str(row["answers_5xx"]),
        ]
        for row in result["faults"]
    ]
    head = (
        f"{result['minutes']:g} minutes, seed {result['seed']}. {result['acknowledged']:,} orders "
        f"were acknowledged, {result['repeated']:,} of them after their answer had been lost; "
        f"the invariants were looked at {result['checks']:,} times.\n\n"
    )
    return head + _table(heads, rows)


_SECTIONS: Mapping[str, Any] = {
    "latest": ("Requests", _contestants),
    "one_thread": ("Requests, one thread in each web process", _contestants),
    "growth": ("Growth of the catalogue", _growth),
    "keyset": ("Deep pages", _keyset),
    "memory": ("Memory", _memory),
    "imports": ("Imports", _imports),
    "console": ("Lists of the console", _console),
    "behaviour": ("People in the shop", _behaviour),
    "flash_sale": ("Flash sale", _flash_sale),
    "chaos": ("Chaos", _chaos),
}

_BAR, _LEFT, _WIDTH = 20, 170, 900
_COLOURS = {"plain": "#b7bcc5", "fastapi": "#e2a64a", "pgbench": "#8fb58f", "ours": "#3b6fd4"}


def _chart(rows: Rows) -> str:
    """Draw requests per second as bars, on a scale where each step is ten times the last."""
    from math import log10

    top = log10(max(row["per_second"] for row in rows)) + 0.35
    height = _BAR * len(rows) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for number, row in enumerate(rows):
        y = 10 + number * _BAR
        width = (_WIDTH - _LEFT) * max(log10(max(row["per_second"], 1)), 0.02) / top
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(row["name"])}</text>'
            f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.0f}" height="{_BAR - 5}" '
            f'fill="{_colour(row["name"])}"/>'
            f'<text x="{_LEFT + width + 6:.0f}" y="{y + 14}">{row["per_second"]:,.0f}/s</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _timeline(rows: Rows) -> str:
    """Draw the latencies of all requests over time, on a scale from nought to the goal or more."""
    height, bottom, left = 260, 230, 60
    top: float = max(320.0, *(row["p95_ms"] for row in rows))
    last: float = max(row["second"] for row in rows) or 1

    def x(second: float) -> float:
        return left + (_WIDTH - left - 110) * second / last

    def y(ms: float) -> float:
        return bottom - (bottom - 20) * ms / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for ms in (0, 100, 200, 300):
        dash = ' stroke-dasharray="6 4"' if ms == 300 else ""
        parts.append(
            f'<line x1="{left}" y1="{y(ms):.0f}" x2="{_WIDTH - 110}" y2="{y(ms):.0f}" '
            f'stroke="#d5d8dd"{dash}/>'
            f'<text x="{left - 8}" y="{y(ms) + 4:.0f}" text-anchor="end">{ms} ms</text>'
        )
    for name, colour in (("p95", _COLOURS["fastapi"]), ("p50", _COLOURS["ours"])):
        points = " ".join(f"{x(row['second']):.0f},{y(row[name + '_ms']):.0f}" for row in rows)
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
            f'<text x="{_WIDTH - 100}" y="{y(rows[-1][name + "_ms"]) + 4:.0f}" fill="{colour}">'
            f"{name}</text>"
        )
    parts.append(f'<text x="{x(last):.0f}" y="{height - 8}" text-anchor="end">{last:g} s</text>')
    return "\n".join([*parts, "</svg>\n"])


def _colour(name: str) -> str:
    if name.endswith("-plain") or name == "noop":
        return _COLOURS["plain"]
    if name.startswith("fastapi"):
        return _COLOURS["fastapi"]
    if name.endswith(("-pgbench", "-replay", "-floor")):
        return _COLOURS["pgbench"]
    return _COLOURS["ours"]


if __name__ == "__main__":
    write()
