"""Child processes that are kept running, and that never outlive their supervisor."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.embedded.server import launcher

Report = Callable[[str, str], None]

# A child that lives this long counts as started; one that dies sooner, this often in a row, does
# not work at all, and restarting it for ever would only hide that.
SETTLED_SECONDS = 20.0
MAX_EARLY_DEATHS = 4
MAX_BACKOFF_SECONDS = 15.0
# How long a child may take to stop before the next, harsher signal.
STOP_STEPS = ((signal.SIGTERM, 6.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    # Sent by the kernel if the supervisor is killed.
    orphan_signal: signal.Signals = signal.SIGTERM


class Child:
    """One program, started again when it dies."""

    def __init__(self, program: Program, environment: Mapping[str, str], report: Report) -> None:
        self.program = program
        self.environment = environment
        self.report = report
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.restart_at = 0.0
        self.early_deaths = 0

    def start(self) -> None:
        """Start in a group of its own: Ctrl-C reaches the supervisor only, which then stops it."""
        command = launcher("--signal", str(int(self.program.orphan_signal)))
        self.process = subprocess.Popen(
            [*command, *self.program.command],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        threading.Thread(target=self._forward, args=(self.process,), daemon=True).start()

    def _forward(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                self.report(self.program.name, line.decode(errors="replace").rstrip())

    def check(self) -> int | None:
        """Restart the program if it died; return its exit code once that is pointless."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            if now - self.started_at > SETTLED_SECONDS:
                self.early_deaths = 0
            return None
        self.signal(signal.SIGKILL)  # what it left in its group, a port perhaps
        self.process = None
        self.early_deaths += 1
        if self.early_deaths >= MAX_EARLY_DEATHS:
            self.report("run", f"{self.program.name} does not stay up: {describe(code)}")
            return code if code > 0 else 1
        pause = min(0.5 * 2**self.early_deaths, MAX_BACKOFF_SECONDS)
        self.restart_at = now + pause
        self.report("run", f"{self.program.name}: {describe(code)}; again in {pause:.0f} s")
        return None

    def signal(self, number: int) -> None:
        if self.process is not None:
            signal_group(self.process.pid, number)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def stop_all(children: Sequence[Child], report: Report) -> None:
    """Stop all at once, politely first; what is left of a group when its leader ended is killed."""
    for number, patience in STOP_STEPS:
        running = [child for child in children if child.is_running()]
        if running and number != signal.SIGTERM:
            names = ", ".join(child.program.name for child in running)
            report("run", f"{names}: not stopped yet, {number.name}")
        for child in running:
            if child.process is not None:
                # The leader alone at first: it stops its own workers in order.
                os.kill(child.process.pid, number)
        deadline = time.monotonic() + patience
        while any(child.is_running() for child in running) and time.monotonic() < deadline:
            time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)


def signal_group(leader: int, number: int) -> None:
    # Neither is news: the group is gone, or only zombies are left of it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def describe(code: int) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


class Record:
    """The process groups of a run on disk, so that the next run can end what a kill -9 left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: dict[str, int] = {}

    def write(self, children: Sequence[Child]) -> None:
        groups = {
            str(child.process.pid): started_ticks(child.process.pid)
            for child in children
            if child.process is not None
        }
        if groups != self._last:
            self.path.write_text(json.dumps(groups))
            self._last = groups

    def clear_leftovers(self, patience: float = 5.0) -> None:
        """End the groups of the last run; a number that another process has now is left alone."""
        try:
            recorded: dict[str, int] = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return
        left = [int(pid) for pid, started in recorded.items() if started_ticks(int(pid)) == started]
        for pid in left:
            signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(started_ticks(pid) for pid in left):
            time.sleep(0.05)
        for pid in left:
            signal_group(pid, signal.SIGKILL)
        self.path.unlink(missing_ok=True)


def started_ticks(pid: int) -> int:
    """When the process started, in clock ticks since boot; 0 if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in ("Z", "X") else int(fields[19])
