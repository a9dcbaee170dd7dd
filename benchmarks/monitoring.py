"""What counting requests and writing a line for each of them costs.

    .venv/bin/python benchmarks/monitoring.py [--rounds 6] [--seconds 5]

Three servers as production starts them, all up at once and asked in turn: one that neither counts
nor writes, one that counts (LOG_REQUESTS=0), one that does both, in JSON, into a file. Processor
time is what the kernel counts for the web processes: it says more than the rate on a busy machine.
"""

import argparse
import os
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

if __name__ == "__main__":  # also as a plain file
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, load, traffic, usage

SERVERS = {
    "nothing": {"BENCH_UNWATCHED": "1", "LOG_REQUESTS": "0"},
    "counts": {"LOG_REQUESTS": "0"},
    "counts, lines": {"INFORMATIVE_LOGGERS": "marketplace.requests", "LOG_FORMAT": "json"},
}
PATHS = {"noop": "/bench/noop", "list": "/api/v1/products?limit=20"}
PRODUCTS = 2_000
WARM_UP_SECONDS = 2
CONNECTIONS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", help="one of the servers, besides the one that does nothing")
    options = parser.parse_args()
    servers = {
        name: extra
        for name, extra in SERVERS.items()
        if options.only in (None, name) or name == "nothing"
    }
    environment.prepare(PRODUCTS)
    wrk = load.find_wrk()
    files = {name: environment.DATA_DIR / f"monitoring-{name}.txt" for name in PATHS}
    for name, path in PATHS.items():
        files[name].write_text(traffic.get(path) + "\n")
    rates: dict[tuple[str, str], list[float]] = {}
    costs: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        # The lines go where the servers' output goes.
        log = stack.enter_context((environment.DATA_DIR / "monitoring.log").open("w"))
        os.dup2(log.fileno(), 2)
        up = {
            name: stack.enter_context(
                load.web(load.DJANGO, workers=load.WORKERS, threads=load.THREADS, **extra)
            )
            for name, extra in servers.items()
        }
        for number in range(-1, options.rounds):
            seconds = options.seconds if number >= 0 else WARM_UP_SECONDS
            # Another one begins each time.
            turn = list(up)[number % len(up) :] + list(up)[: number % len(up)]
            for path, file in files.items():
                for name in turn:
                    before = usage.cpu_seconds({"web": up[name].pid})["web"]
                    found = load.run_wrk(
                        wrk, up[name].address, file, seconds=seconds, connections=CONNECTIONS
                    )
                    used = usage.cpu_seconds({"web": up[name].pid})["web"] - before
                    if found.errors:
                        environment.refuse(f"{path} with {name}: {found.errors} errors")
                    if number >= 0:
                        rates.setdefault((path, name), []).append(found.per_second)
                        costs.setdefault((path, name), []).append(used * 1e6 / found.requests)
    for path in PATHS:
        bare_costs = costs[path, "nothing"]
        print(f"\n{path:<16}{'1/s':>8}{'µs CPU':>10}{'more CPU, by round':>22}")
        for name in servers:
            shares = [
                f"{(cost / bare - 1) * 100:+.1f}"
                for cost, bare in zip(costs[path, name], bare_costs, strict=True)
            ]
            more = statistics.median(costs[path, name]) / statistics.median(bare_costs) - 1
            print(
                f"{name:<16}{statistics.median(rates[path, name]):>8,.0f}"
                f"{statistics.median(costs[path, name]):>10,.0f}{more:>+12.1%}  {' '.join(shares)}"
            )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped")
