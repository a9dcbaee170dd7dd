"""The whole of it, as `bin/run` starts it: own servers, own data, a real port."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OWN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Run:
    def __init__(self, data_dir: Path, port: int) -> None:
        self.port = port
        self.realtime_port = _free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marketplace.supervisor"],
            env={
                **{name: value for name, value in os.environ.items() if name not in OWN},
                "DATA_DIR": str(data_dir),
                "PORT": str(port),
                "REALTIME_PORT": str(self.realtime_port),
                "DEMO": "0",
            },
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_up(self) -> str:
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ctrl-C stops it" in line:
                return "".join(lines)
        pytest.fail("".join(lines))

    def status(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready") as answer:
            return int(answer.status)

    def realtime_status(self) -> int:
        url = f"http://127.0.0.1:{self.realtime_port}/health/live"
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.process.terminate()
        run.process.communicate(timeout=30)


def test_a_killed_run_does_not_stop_the_next_and_a_told_one_ends_cleanly(
    tmp_path: Path, runs: list[Run]
) -> None:
    port = _free_port()
    first = Run(tmp_path, port)
    runs.append(first)
    said = first.wait_until_up()
    assert f"http://127.0.0.1:{port}/api/docs" in said
    assert f"ws://127.0.0.1:{first.realtime_port}/ws/notifications" in said
    assert first.status() == 200
    assert first.realtime_status() == 200

    first.process.kill()
    second = Run(tmp_path, port)
    runs.append(second)
    second.wait_until_up()
    assert second.status() == 200

    second.process.send_signal(signal.SIGTERM)
    second.process.communicate(timeout=60)
    assert second.process.returncode == 0
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / "postgres/data/postmaster.pid").exists()
    with pytest.raises(OSError, match="refused"):
        second.status()
    with pytest.raises(OSError, match="refused"):
        second.realtime_status()
