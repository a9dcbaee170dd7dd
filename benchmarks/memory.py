"""Memory of the web processes and of the Celery worker under load.

    .venv/bin/python benchmarks/memory.py [--minutes 5] [--check]

All of it runs as the Procfile has it. Reads, searches, carts and orders are played in turn; each
order gives the worker events to handle. Then each process is weighed by its PSS: what it holds,
with memory that several share divided among them.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report, usage
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.load import find_wrk, process, procfile_command, run_wrk, web
from benchmarks.progress import Progress

PLAYED = ("list", "filtered", "detail", "search", "suggest", "detail-cached", "flow", "checkout")
TURN_SECONDS = 5.0
WEB_MB, WORKER_MB = 180, 200


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=environment.PRODUCTS)
    parser.add_argument("--minutes", type=float, default=5)
    report.add_check(parser)
    options = parser.parse_args()
    find_wrk()
    environment.prepare(options.products)
    from benchmarks import data

    data.forget_orders()
    machine = environment.machine()
    settings = {"DATABASE_POOL_SIZE": "0"}
    command = ["WARNING" if word == "INFO" else word for word in procfile_command("worker")]
    with web() as server, process(command, settings) as worker:
        _play(server.address, options.minutes * 60, worker)
        rows = [*_weigh("web", server.pid), *_weigh("worker", worker.pid)]
    for row in rows:
        print(f"{row['who']:<8}{row['pss_mb']:>7.0f} MB  {row['command']}")
    judged = _judge(rows)
    figures = {"seconds": options.minutes * 60, "processes": rows}
    report.keep("memory", figures, judged, machine)
    return report.exit_code(judged, is_checked=options.check)


def _play(address: str, seconds: float, worker: "subprocess.Popen[bytes]") -> None:
    rows = [row for row in CONTESTANTS if isinstance(row, Contestant) and row.name in PLAYED]
    folder = environment.DATA_DIR / "requests"
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        (folder / f"memory-{row.name}.txt").write_text("\n".join(row.lines()) + "\n")
    progress = Progress("seconds", round(seconds))
    started, turn = time.monotonic(), 0
    while (rest := seconds - (time.monotonic() - started)) > 0:
        path = folder / f"memory-{rows[turn % len(rows)].name}.txt"
        played = min(TURN_SECONDS, max(rest, 1))
        run_wrk(find_wrk(), address, path, seconds=played, connections=16, skip=turn * 97)
        progress.add(round(played))
        turn += 1
        if worker.poll() is not None:
            environment.refuse("the worker has ended; its output is above")


def _weigh(who: str, pid: int) -> list[dict[str, Any]]:
    return [
        {"who": who, "command": row.command[-60:], "pss_mb": round(row.pss_mb, 1)}
        for row in usage.memory(pid)
    ]


def _judge(rows: list[dict[str, Any]]) -> list[goals.Goal]:
    """Judge the largest web process, and all of the worker's processes together."""
    sizes = {who: [row["pss_mb"] for row in rows if row["who"] == who] for who in ("web", "worker")}
    return [
        goals.at_most("largest web process", max(sizes["web"]), WEB_MB, unit="MB"),
        goals.at_most("largest worker process", max(sizes["worker"]), WORKER_MB, unit="MB"),
        goals.at_most("the worker, all its processes", sum(sizes["worker"]), WORKER_MB, unit="MB"),
    ]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
