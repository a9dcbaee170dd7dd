"""The server as production starts it, and wrk against it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environment

SCRIPT = Path(__file__).with_name("requests.lua")
START_SECONDS = 60


@dataclass(frozen=True)
class Measurement:
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def find_wrk() -> str:
    """Return where wrk is; end with how to get it where it is not."""
    found = shutil.which("wrk")
    if found is None:
        environment.refuse("wrk is not on PATH. Install it: apt-get install wrk")
    return found


@contextmanager
def server(workers: int, *, is_cached: bool) -> Iterator[str]:
    """Run granian with a connection pool until the block ends; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", str(environment.POOL_SIZE)),
        *("--blocking-threads-idle-timeout", "600", "--log-level", "warning"),
        f"marketplace.wsgi:{'application' if is_cached else 'django_application'}",
    ]
    address = f"http://127.0.0.1:{port}"
    settings = {"DATABASE_POOL_SIZE": str(environment.POOL_SIZE), "SITE_URL": address}
    process = subprocess.Popen(command, cwd=environment.ROOT, env={**os.environ, **settings})
    try:
        _wait_until_up(f"{address}/bench/noop", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_up(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
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
    wrk: str, address: str, requests: Path, *, seconds: float, connections: int
) -> Measurement:
    command = [
        *(wrk, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s"),
        *("-s", str(SCRIPT), address, "--", str(requests)),
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(row for row in output.splitlines() if row.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    return Measurement(
        per_second=result["requests"] / result["seconds"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        errors=result["errors"],
    )
