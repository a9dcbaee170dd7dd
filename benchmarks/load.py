"""The server as production starts it, and wrk against it."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environment
from marketplace.embedded.server import launcher

SCRIPT = Path(__file__).with_name("requests.lua")
START_SECONDS = 60
STOP_SECONDS = 40
WORKERS = 2
# Threads of each web process, each with a connection of its own: as docs/operations.md advises.
THREADS = 2
# What plays the requests shares the machine, and would measure how long it waits itself for a
# processor. Without the right to it, `nice` goes on as it is.
FIRST = ("nice", "-n", "-10")
DJANGO = "marketplace.wsgi:django_application"
EDGE = "marketplace.wsgi:application"


@dataclass(frozen=True)
class Measurement:
    """One turn of a contestant; pgbench tells no percentiles."""

    requests: int
    per_second: float
    errors: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class Running:
    address: str
    pid: int


def find_wrk() -> str:
    """Return where wrk is; end with how to get it where it is not."""
    found = shutil.which("wrk")
    if found is None:
        environment.refuse("wrk is not on PATH. Install it: apt-get install wrk")
    return found


def procfile_command(name: str, **values: str) -> list[str]:
    """Return the command of a Procfile line, its `${NAME:-default}` filled in from `values`."""
    lines = (environment.ROOT / "Procfile").read_text().splitlines()
    line = next(row for row in lines if row.startswith(f"{name}: ")).partition(": ")[2]
    filled = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: values.get(match[1], match[2]), line)
    program, *arguments = shlex.split(filled)
    return [sys.executable, "-m", program, *arguments]


@contextmanager
def web(
    application: str = EDGE, *, workers: int = WORKERS, threads: int = THREADS, **extra: str
) -> Iterator[Running]:
    """Run the Procfile's web line on a free port of the loopback address until the block ends.

    `DJANGO` instead of `EDGE` leaves the layer out that answers from Redis.
    """
    port = free_port()
    command = procfile_command(
        "web", PORT=str(port), WEB_WORKERS=str(workers), WEB_THREADS=str(threads)
    )
    replaced = {"0.0.0.0": "127.0.0.1", EDGE: application}
    command = [replaced.get(word, word) for word in command]
    address = f"http://127.0.0.1:{port}"
    settings = {"DATABASE_POOL_SIZE": "0", "SITE_URL": address, **extra}
    with process([*command, "--log-level", "warning"], settings) as server:
        wait_until_up(f"{address}/bench/noop", server)
        yield Running(address, server.pid)


@contextmanager
def shop(**extra: str) -> Iterator[dict[str, Running]]:
    """Run web, worker and beat as the Procfile has them until the block ends, by their names."""
    settings = {"DATABASE_POOL_SIZE": "0", **extra}
    schedule = environment.DATA_DIR / "celerybeat-schedule"
    schedule.unlink(missing_ok=True)
    worker = ["WARNING" if word == "INFO" else word for word in procfile_command("worker")]
    beat = procfile_command("beat", TMPDIR=str(environment.DATA_DIR))
    with (
        web(EDGE, workers=WORKERS, threads=THREADS, **extra) as server,
        process(worker, {**settings, "SITE_URL": server.address}) as hands,
        process(beat, settings) as clock,
    ):
        yield {
            "web": server,
            "worker": Running(server.address, hands.pid),
            "beat": Running(server.address, clock.pid),
        }


@contextmanager
def process(
    command: Sequence[str], settings: Mapping[str, str], cwd: Path = environment.ROOT
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends; the kernel ends it should this process be killed."""
    child = subprocess.Popen(
        [*launcher(), *command],
        cwd=cwd,
        env={**os.environ, **settings},
        start_new_session=True,  # Ctrl-C is for this process, which then stops the others in order
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    environment.refuse("the server does not come up; its output is above")


def status_of(address: str, line: str) -> int:
    """Send one request of a requests file and return its status code."""
    method, path, token, body = line.split("\t", 3)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if token == "*":
        headers = {"If-None-Match": "*"}
    if body:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(
        f"{address}{path}", method=method, headers=headers, data=body.encode() or None
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def run_wrk(
    wrk: str, address: str, requests: Path, *, seconds: float, connections: int, skip: int = 0
) -> Measurement:
    command = [
        *(
            *FIRST,
            wrk,
            "-t1",
            f"-c{connections}",
            f"-d{max(round(seconds), 1)}s",
            "--timeout",
            "30s",
        ),
        *("-s", str(SCRIPT), address, "--", str(requests), str(skip)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [row for row in done.stdout.splitlines() if row.startswith("RESULT ")]
    if not lines:
        environment.refuse(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    return Measurement(
        requests=result["requests"],
        per_second=result["requests"] / result["seconds"],
        # Not one answer is not a fast answer.
        errors=result["errors"] or int(result["requests"] == 0),
        p50_ms=result["p50_ms"],
        p95_ms=result["p95_ms"],
        p99_ms=result["p99_ms"],
    )
