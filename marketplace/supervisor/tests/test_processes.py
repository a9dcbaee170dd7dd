"""Children are real processes; none of them is Django."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from marketplace.supervisor.processes import (
    MAX_EARLY_DEATHS,
    Child,
    Program,
    Record,
    started_ticks,
    stop_all,
)

ROOT = Path(__file__).resolve().parents[3]
SLEEP = "import time; print('up', flush=True); time.sleep(600)"
PARENT = (
    "import subprocess, sys;"
    f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True); {SLEEP}"
)
# A shell starts what runs in its background with SIGQUIT ignored, and so its children's children.
STUBBORN = (
    "import signal; signal.signal(signal.SIGQUIT, signal.SIG_DFL); "
    f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
)


class Reports(list[tuple[str, str]]):
    def __call__(self, name: str, line: str) -> None:
        self.append((name, line))


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def run(reports: Reports, request: pytest.FixtureRequest) -> Callable[[str], Child]:
    def start(code: str, name: str = "child") -> Child:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = Child(Program(name, [sys.executable, "-c", code]), environment, reports)
        request.addfinalizer(lambda: _kill(child))
        child.check()
        return child

    return start


def _kill(child: Child) -> None:
    child.signal(signal.SIGKILL)
    if child.process is not None:
        child.process.wait(60)


def _eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_each_line_is_reported_under_the_name_of_its_child(run, reports) -> None:
    run("print('one'); print('two')", "speaker")

    _eventually(lambda: ("speaker", "two") in reports)
    assert reports == [("speaker", "one"), ("speaker", "two")]


def test_a_killed_child_is_started_again(run, reports) -> None:
    child = run(SLEEP)
    _eventually(lambda: ("child", "up") in reports)
    killed = child.process.pid

    os.kill(killed, signal.SIGKILL)
    _eventually(lambda: child.check() is None and child.process and child.process.pid != killed)

    assert ("run", "child: ended by SIGKILL; again in 1 s") in reports
    assert child.early_deaths == 1


def test_a_child_that_dies_at_once_every_time_ends_with_its_exit_code(run, reports) -> None:
    child = run("raise SystemExit(7)")
    child.early_deaths = MAX_EARLY_DEATHS - 1
    codes: list[int | None] = []

    _eventually(lambda: codes.append(child.check()) or codes[-1] is not None)

    assert codes[-1] == 7
    assert ("run", "child does not stay up: ended with exit code 7") in reports


def test_stopping_ends_all_children_and_what_they_started(run, reports) -> None:
    parent = run(PARENT)
    _eventually(lambda: len(reports) >= 2)
    grandchild = int(next(line for _, line in reports if line.isdecimal()))

    stop_all([parent], reports)

    assert not any("not stopped yet" in line for _, line in reports)
    assert not parent.is_running()
    _eventually(lambda: started_ticks(grandchild) == 0)


def test_a_child_that_ignores_the_polite_signal_is_stopped_too(run, reports, monkeypatch) -> None:
    steps = ((signal.SIGTERM, 0.5), (signal.SIGQUIT, 5.0))
    monkeypatch.setattr("marketplace.supervisor.processes.STOP_STEPS", steps)
    child = run(STUBBORN)
    _eventually(lambda: ("child", "up") in reports)

    stop_all([child], reports)

    assert child.process.returncode == -signal.SIGQUIT
    assert ("run", "child: not stopped yet, SIGQUIT") in reports


def test_a_killed_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time\n"
            "from marketplace.supervisor.processes import Child, Program\n"
            f"program = Program('child', [sys.executable, '-c', {SLEEP!r}])\n"
            "child = Child(program, os.environ, lambda name, line: print(line, flush=True))\n"
            "child.start(); print(child.process.pid, flush=True); time.sleep(600)",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        lines = [supervisor.stdout.readline().strip() for _ in range(2)]
        (pid,) = (int(line) for line in lines if line.isdecimal())
        assert started_ticks(pid)

        supervisor.kill()

    _eventually(lambda: started_ticks(pid) == 0)


def test_what_a_killed_run_left_is_ended_by_the_next(run, reports, tmp_path: Path) -> None:
    left = run(STUBBORN)
    _eventually(lambda: ("child", "up") in reports)
    record = Record(tmp_path / "run.json")
    record.write([left])

    Record(record.path).clear_leftovers(patience=0.2)

    assert left.process.wait(60) == -signal.SIGKILL
    assert not record.path.exists()


def test_a_process_that_only_has_the_number_of_a_child_is_left_alone(run, tmp_path: Path) -> None:
    other = run(SLEEP)
    path = tmp_path / "run.json"
    path.write_text(f'{{"{other.process.pid}": 1}}')

    Record(path).clear_leftovers(patience=0.2)

    assert other.is_running()


def _supervise(tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "marketplace.supervisor"],
        env={**os.environ, "DATA_DIR": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        result = _supervise(tmp_path, PORT=str(port))

    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in result.stderr
    assert "set PORT" in result.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    result = _supervise(tmp_path, PORT=port)

    assert result.returncode == 1
    assert f"PORT must be a number from 1 to 65535, not '{port}'" in result.stderr
