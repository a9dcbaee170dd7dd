"""How latency grows with the catalogue: 10,000, 100,000 and 1,000,000 products.

    .venv/bin/python benchmarks/growth.py [--sizes 10000,100000,1000000] [--rounds 5] [--check]

Each size has a database and a server of its own, all up at once, so that each contestant is played
against all sizes in turn. One client asks after the other over HTTP: that is the latency a person
sees, without the queue that a full server has.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.load import DJANGO, Running, find_wrk, run_wrk, web

# Against the same at the smallest size.
MOST = {"list": 1.5, "filtered": 1.5, "detail": 1.5, "search": 3.0}
# The largest catalogue takes as long to be in memory.
WARM_UP_SECONDS = 8.0


def main() -> int:
    options = _parse()
    find_wrk()
    environment.start()
    contestants = [row for row in CONTESTANTS if isinstance(row, Contestant) and row.name in MOST]
    with ExitStack() as stack:
        servers: dict[int, Running] = {}
        for size in options.sizes:
            environment.use_database(size)
            for row in contestants:
                _write(row, size)
            servers[size] = stack.enter_context(web(DJANGO, workers=1))
        rows = [_measure(row, servers, options) for row in contestants]
    sizes = f"{options.sizes[0]:,} to {options.sizes[-1]:,} products"
    judged = [
        goals.at_most(f"{row['name']}, {sizes}", row["ratio"], MOST[row["name"]], unit="×")
        for row in rows
    ]
    figures = {
        **{name: getattr(options, name) for name in ("sizes", "rounds", "seconds")},
        "contestants": rows,
    }
    report.keep("growth", figures, judged, environment.machine())
    return report.exit_code(judged, is_checked=options.check)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes",
        type=lambda text: sorted(int(size) for size in text.split(",")),
        default=[10_000, 100_000, 1_000_000],
        help="products, by comma; what is not there yet is written first",
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="per contestant, size and round")
    report.add_check(parser)
    return parser.parse_args()


def _requests(row: Contestant, size: int) -> Path:
    return environment.DATA_DIR / "requests" / f"{row.name}-{size}.txt"


def _write(row: Contestant, size: int) -> None:
    path = _requests(row, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(row.lines()) + "\n")


def _measure(
    row: Contestant, servers: dict[int, Running], options: argparse.Namespace
) -> dict[str, Any]:
    """Play a contestant against every size in turn, after a warm-up."""
    times: dict[int, list[float]] = {size: [] for size in servers}
    for number in range(options.rounds + 1):
        for size, server in servers.items():
            result = run_wrk(
                find_wrk(),
                server.address,
                _requests(row, size),
                seconds=options.seconds if number else WARM_UP_SECONDS,
                connections=1,
                skip=number * 300,
            )
            if result.errors or result.p50_ms is None:
                environment.refuse(f"{row.name} at {size:,} products: {result.errors} errors")
            if number:
                times[size].append(result.p50_ms)
    medians = [round(median(values), 3) for values in times.values()]
    print(f"{row.name:<10}" + _in_words(servers, medians), flush=True)
    return {"name": row.name, "median_ms": medians, "ratio": round(medians[-1] / medians[0], 3)}


def _in_words(servers: dict[int, Running], medians: Sequence[float]) -> str:
    pairs = zip(servers, medians, strict=True)
    return "".join(f"{size:>12,}: {value:.2f} ms" for size, value in pairs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
