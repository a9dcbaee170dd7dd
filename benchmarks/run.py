"""Measure the server: requests per second against a no-op view and against plain DRF.

    .venv/bin/python benchmarks/run.py [--rounds 3] [--seconds 8] [--only list,list-plain] [--check]

PostgreSQL and Redis are the embedded ones, with data of their own in var/benchmarks; the catalogue
is written once and used again. The web line of the Procfile runs as it does in production. Figures
of one run compare with each other; those of two runs do not, as machines differ from hour to hour.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, report, usage
from benchmarks.contestants import CONTESTANTS, FASTAPI, Contestant, Yardstick
from benchmarks.fastapi_twin.server import fastapi
from benchmarks.goals import judge
from benchmarks.load import (
    DJANGO,
    EDGE,
    THREADS,
    WORKERS,
    Measurement,
    Running,
    find_wrk,
    run_wrk,
    status_of,
    web,
)
from benchmarks.pgbench import find_pgbench, run_pgbench

WARM_UP_SECONDS = 2.0
QUERY_SAMPLE = 5
DRAIN_SECONDS = 60
QUIET_LOOKS = 3


@dataclass
class Entry:
    """A contestant in this run: how to play it for so many seconds, and what came of it."""

    contestant: Contestant | Yardstick
    play: Callable[[float], Measurement]
    queries: float | None = None
    is_warmed_each_time: bool = False
    results: list[Measurement] = field(default_factory=list)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contestant.name

    @property
    def steps(self) -> int:
        return self.contestant.steps if isinstance(self.contestant, Contestant) else 1

    @property
    def per_second(self) -> float:
        return median(result.per_second for result in self.results) / self.steps


def main() -> int:
    options = _parse()
    find_wrk()
    find_pgbench()
    if options.slow_down:
        os.environ["BENCH_SLOW_DOWN_MS"] = str(options.slow_down)
    environment.prepare(options.products)
    from benchmarks import data

    data.forget_orders()
    machine = environment.machine()
    facts = _statements_of_larger_orders() if _is_wanted("checkout", options) else {}
    with ExitStack() as stack:
        servers = _start(stack, options)
        entries = [_entry(row, servers, options) for row in _wanted(options)]
        deadlocks = _deadlocks()
        _measure(entries, servers, options)
        facts["deadlocks"] = _deadlocks() - deadlocks
        facts["web_worker_mb"] = max(row.pss_mb for row in usage.memory(servers["edge"].pid))
    rows = _rows(entries)
    goals = judge({row["name"]: row for row in rows}, facts)
    _print(rows)
    figures = {
        **{name: getattr(options, name) for name in ("products", "rounds", "seconds")},
        **{name: getattr(options, name) for name in ("connections", "workers", "threads")},
        "slow_down_ms": options.slow_down,
        "facts": facts,
        "contestants": rows,
    }
    report.keep(options.output, figures, goals, machine)
    return report.exit_code(goals, is_checked=options.check)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--products", type=int, default=environment.PRODUCTS, help="with 3 variants each"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="per contestant and round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=WORKERS, help="web processes")
    parser.add_argument("--threads", type=int, default=THREADS, help="of each web process")
    parser.add_argument(
        "--only",
        type=lambda text: {"noop", *text.split(",")},
        help=f"some of, by comma: {', '.join(row.name for row in (*CONTESTANTS, *FASTAPI))}",
    )
    parser.add_argument(
        "--fastapi", action="store_true", help="also the FastAPI service that one would write"
    )
    parser.add_argument(
        "--slow-down", type=float, default=0, help="milliseconds of work to add to the list"
    )
    parser.add_argument(
        "--output",
        help="name of the file in results/; RESULTS.md is made of `latest`, a full run, and of"
        " `one_thread`, one with --threads 1",
    )
    report.add_check(parser)
    options = parser.parse_args()
    unknown = (options.only or set()) - {row.name for row in (*CONTESTANTS, *FASTAPI)}
    if unknown:
        parser.error(f"no such contestant: {', '.join(sorted(unknown))}")
    is_full = not options.only and not options.slow_down
    whole = {THREADS: "latest", 1: "one_thread"}.get(options.threads, "partial")
    options.output = options.output or (whole if is_full else "partial")
    options.fastapi = options.fastapi or any("fastapi" in name for name in options.only or ())
    return options


def _wanted(options: argparse.Namespace) -> list[Contestant | Yardstick]:
    rows = [*CONTESTANTS, *(FASTAPI if options.fastapi else ())]
    return [row for row in rows if _is_wanted(row.name, options)]


def _is_wanted(name: str, options: argparse.Namespace) -> bool:
    return not options.only or name in options.only


def _start(stack: ExitStack, options: argparse.Namespace) -> dict[str, Running]:
    size = {"workers": options.workers, "threads": options.threads}
    servers = {
        "edge": stack.enter_context(web(EDGE, **size)),
        "django": stack.enter_context(web(DJANGO, **size)),
    }
    if options.fastapi:
        servers["fastapi"] = stack.enter_context(fastapi(workers=options.workers))
    return servers


def _entry(
    row: Contestant | Yardstick, servers: Mapping[str, Running], options: argparse.Namespace
) -> Entry:
    folder = environment.DATA_DIR / "requests" / row.name
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(row, Yardstick):
        scripts = row.scripts()
        return Entry(row, lambda seconds: run_pgbench(folder, scripts, seconds=seconds))
    lines = list(row.lines())
    path = folder / "requests.txt"
    path.write_text("\n".join(lines) + "\n")
    address = servers[row.server].address
    status = status_of(address, lines[0])
    if status >= 400:
        environment.refuse(f"{row.name} answers {status}")
    play = partial(_play, _skips(len(lines)), address, path, options.connections)
    is_stored = row.server == "fastapi" or row.name.endswith(("-cached", "-304"))
    queries = None if is_stored else _queries(row, lines)
    return Entry(row, play, queries, is_warmed_each_time="-cached" in row.name)


def _skips(lines: int) -> Iterator[int]:
    """Yield where the next turn begins, so that turns do not all play the same requests."""
    position = 0
    while True:
        yield position
        position = (position + lines // 4) % lines


def _play(
    skips: Iterator[int], address: str, path: Path, connections: int, seconds: float
) -> Measurement:
    return run_wrk(
        find_wrk(), address, path, seconds=seconds, connections=connections, skip=next(skips)
    )


def _queries(row: Contestant, lines: Sequence[str]) -> float:
    """Return the median number of statements of one unit, counted in this process."""
    from benchmarks.data import BUYERS
    from benchmarks.statements import count

    sample = range(min(QUERY_SAMPLE, len(lines)))
    return median(
        sum(count(lines[number + step * BUYERS]) for step in range(row.steps)) for number in sample
    )


def _statements_of_larger_orders() -> dict[str, float]:
    """Return how many statements more a third item and a third shop cost."""
    from benchmarks.statements import count
    from benchmarks.traffic import checkouts

    def statements(shops: int, items: int) -> int:
        return count(next(checkouts(shops=shops, items=items)))

    return {
        "third_item": statements(2, 3) - statements(2, 2),
        "third_shop": statements(3, 3) - statements(2, 2),
    }


def _deadlocks() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        number: int = cursor.fetchone()[0]
        return number


def _measure(
    entries: Sequence[Entry], servers: Mapping[str, Running], options: argparse.Namespace
) -> None:
    """Warm everything up, then give each contestant its turn in every round."""
    print(f"warming up {len(entries)} contestants", flush=True)
    for entry in entries:
        entry.play(WARM_UP_SECONDS)
        _wait_until_idle()
    roots = {**environment.server_pids(), **{name: row.pid for name, row in servers.items()}}
    for number in range(1, options.rounds + 1):
        for entry in entries:
            if entry.is_warmed_each_time:
                entry.play(WARM_UP_SECONDS)
            before = usage.cpu_seconds(roots)
            result = entry.play(options.seconds)
            after = usage.cpu_seconds(roots)
            _wait_until_idle()
            entry.results.append(result)
            for name in roots:
                spent = entry.cpu_seconds.get(name, 0.0) + after[name] - before[name]
                entry.cpu_seconds[name] = spent
            rate = result.per_second / entry.steps
            print(f"round {number}: {entry.name:<22}{rate:>9,.0f}/s", flush=True)


def _wait_until_idle() -> None:
    """Let the server finish what wrk no longer waits for, or the next turn shares the machine."""
    from django.db import connection

    quiet, deadline = 0, time.monotonic() + DRAIN_SECONDS
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        time.sleep(0.1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                "AND datname = current_database() AND pid <> pg_backend_pid()"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1


def _rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    rates = {entry.name: entry.per_second for entry in entries}
    return [_row(entry, rates) for entry in entries]


def _row(entry: Entry, rates: Mapping[str, float]) -> dict[str, Any]:
    row, own = entry.contestant, rates[entry.name]
    twin = row.twin if isinstance(row, Contestant) and row.twin in rates else None
    return {
        "name": row.name,
        "what": row.what,
        "per_second": round(own, 1),
        **{name: _median(entry, name) for name in ("p50_ms", "p95_ms", "p99_ms")},
        "errors": sum(result.errors for result in entry.results),
        "queries": entry.queries,
        "cpu_ms": _cpu_ms(entry),
        "of_noop": round(own / rates["noop"], 4),
        "of_twin": round(own / rates[twin], 3) if twin else None,
        "twin": twin,
    }


def _median(entry: Entry, name: str) -> float | None:
    values = [getattr(result, name) for result in entry.results]
    return None if None in values else round(median(values), 2)


def _cpu_ms(entry: Entry) -> dict[str, float]:
    """Return milliseconds of a processor for one unit, by who spent them."""
    units = sum(result.requests for result in entry.results) / entry.steps
    spent = dict(entry.cpu_seconds)
    shared = {name: spent.pop(name, 0.0) for name in ("database", "redis")}
    seconds = {"web": sum(spent.values()), **shared}
    return {name: round(1000 * value / max(units, 1), 3) for name, value in seconds.items()}


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    def number(value: float | None, width: int, form: str) -> str:
        return f"{'' if value is None else format(value, form):>{width}}"

    print(
        f"\n{'':<22}{'req/s':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'queries':>8}"
        f"{'web ms':>8}{'db ms':>8}{'of no-op':>9}{'of twin':>8}{'errors':>7}"
    )
    for row in rows:
        print(
            f"{row['name']:<22}{row['per_second']:>8,.0f}"
            + "".join(number(row[name], 9, ".1f") for name in ("p50_ms", "p95_ms", "p99_ms"))
            + number(row["queries"], 8, "g")
            + "".join(number(row["cpu_ms"][name], 8, ".2f") for name in ("web", "database"))
            + number(row["of_noop"], 9, ".3f")
            + number(row["of_twin"], 8, ".2f")
            + f"{row['errors']:>7}"
        )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
