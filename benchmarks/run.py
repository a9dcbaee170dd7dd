"""Measure the marketplace over HTTP against yardsticks, interleaved in rounds, with wrk.

    python benchmarks/run.py [--products 100000] [--rounds 3] [--seconds 8] [--only list,list-plain]

PostgreSQL and Redis are the embedded ones, with data of their own in var/benchmarks; the catalogue
is written once and used again. granian runs as production runs it. Figures of one run compare with
each other; those of two runs do not, as machines differ from hour to hour.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.load import Measurement, find_wrk, run_wrk, server, status_of

WARM_UP_SECONDS = 2.0
NOT_THERE = {404, 405, 501}
QUERY_SAMPLE = 5


def main() -> int:
    options = _parse()
    wrk = find_wrk()
    environment.prepare(options.products)
    wanted = [row for row in CONTESTANTS if not options.only or row.name in options.only]
    machine = environment.machine()
    files = {row.name: _write_requests(row) for row in wanted}
    with (
        server(options.workers, is_cached=False) as plain,
        server(options.workers, is_cached=True) as cached,
    ):
        addresses = {row.name: cached if row.is_cached else plain for row in wanted}
        present = [row for row in wanted if _is_there(addresses[row.name], row, files[row.name])]
        queries = {row.name: 0.0 if row.is_cached else _queries(files[row.name]) for row in present}
        measured = _measure(present, files, wrk, addresses, options)
    rows = [_row(row, measured, queries[row.name]) for row in present]
    _print(rows)
    _write(rows, machine, options)
    return 1 if any(row["errors"] for row in rows) else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=100_000, help="with 3 variants each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="per contestant and round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    names = ", ".join(row.name for row in CONTESTANTS)
    parser.add_argument(
        "--only",
        type=lambda text: {"noop", *text.split(",")},
        help=f"some of, by comma: {names}",
    )
    parser.add_argument("--output", default="latest.json", help="file in benchmarks/results")
    return parser.parse_args()


def _write_requests(contestant: Contestant) -> Path:
    path = environment.DATA_DIR / "requests" / f"{contestant.name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(contestant.lines()) + "\n")
    return path


def _first_lines(path: Path) -> list[str]:
    return path.read_text().splitlines()[:QUERY_SAMPLE]


def _is_there(address: str, contestant: Contestant, requests: Path) -> bool:
    status = status_of(address, _first_lines(requests)[0])
    if status in NOT_THERE:
        print(f"{contestant.name}: not there yet (HTTP {status}), left out")
        return False
    if status >= 400:
        environment.refuse(f"{contestant.name} answers {status}")
    return True


def _queries(requests: Path) -> float:
    """Return the median number of statements per request, counted in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, counts = Client(SERVER_NAME="127.0.0.1"), []
    for line in _first_lines(requests):
        method, path, token, body = line.split("\t", 3)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with CaptureQueriesContext(connection) as captured:
            client.generic(method, path, body, "application/json", headers=headers)
        counts.append(len(captured))
    return median(counts)


def _measure(
    contestants: list[Contestant],
    files: dict[str, Path],
    wrk: str,
    addresses: dict[str, str],
    options: argparse.Namespace,
) -> dict[str, list[Measurement]]:
    """Warm everything up, then give each contestant its turn in every round."""
    measured: dict[str, list[Measurement]] = {row.name: [] for row in contestants}
    for number in range(options.rounds + 1):
        for row in contestants:
            seconds = options.seconds if number else WARM_UP_SECONDS
            result = run_wrk(
                wrk,
                addresses[row.name],
                files[row.name],
                seconds=seconds,
                connections=options.connections,
            )
            if number:
                measured[row.name].append(result)
                print(f"round {number}: {row.name:<14}{result.per_second:>9,.0f}/s", flush=True)
    return measured


def _row(
    contestant: Contestant, measured: dict[str, list[Measurement]], queries: float
) -> dict[str, Any]:
    def rate(name: str) -> float:
        return median(result.per_second for result in measured[name])

    results, own = measured[contestant.name], rate(contestant.name)
    twin = contestant.twin if contestant.twin in measured else None
    return {
        "name": contestant.name,
        "per_second": round(own, 1),
        "p50_ms": round(median(result.p50_ms for result in results), 2),
        "p99_ms": round(median(result.p99_ms for result in results), 2),
        "errors": sum(result.errors for result in results),
        "queries": queries,
        "of_noop": round(own / rate("noop"), 4),
        "of_twin": round(own / rate(twin), 3) if twin else None,
        "twin": twin,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    print(
        f"\n{'':<14}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}"
        f"{'queries':>9}{'of no-op':>10}{'of twin':>9}"
    )
    for row in rows:
        twin = f"{row['of_twin']:.2f}" if row["of_twin"] else ""
        print(
            f"{row['name']:<14}{row['per_second']:>9,.0f}{row['p50_ms']:>9.1f}"
            f"{row['p99_ms']:>9.1f}{row['errors']:>8}{row['queries']:>9g}"
            f"{row['of_noop']:>10.3f}{twin:>9}"
        )


def _write(
    rows: list[dict[str, Any]], machine: dict[str, str], options: argparse.Namespace
) -> None:
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "products": options.products,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": options.connections,
        "workers": options.workers,
        "contestants": rows,
    }
    path = Path(__file__).parent / "results" / options.output
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(f"\n{machine['processor']}, {machine['cores']} cores; written to {path}")


if __name__ == "__main__":
    sys.exit(main())
