"""Looks at the shop all the time: does it answer, do events get through, do the invariants hold."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import psycopg
import requests

from benchmarks import environment
from benchmarks.outages.parts import in_background
from marketplace.embedded.server import launcher

PROBE_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 2.0
OUTBOX_SECONDS: Final = 0.25
# So many good answers in a row are what "back" means, and so little lag what "through" means.
GOOD_IN_A_ROW: Final = 5
LAG_SECONDS: Final = 2.0
# What was claimed by a process that was killed is claimed again a minute later: it does not count
# before that, as `available_at` says.
_OUTBOX: Final = """
    SELECT coalesce(extract(epoch FROM now() - min(available_at) FILTER (
            WHERE status = 'pending' AND available_at <= now())), 0),
        (SELECT extract(epoch FROM now() - max(done_at)) FROM outbox_outboxevent
            WHERE status = 'done')
    FROM outbox_outboxevent WHERE status = 'pending'
"""


@dataclass(frozen=True)
class Look:
    """One question to the shop."""

    began: float
    ended: float
    is_good: bool


class Probe:
    """Asks for one page ten times a second, on a connection of its own each time."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.headers = {"Connection": "close"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.looks: list[Look] = []

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(PROBE_SECONDS):
            began = time.monotonic()
            try:
                answer = requests.get(self.url, headers=self.headers, timeout=ANSWER_SECONDS)
                is_good = answer.status_code == 200
            except requests.RequestException:
                is_good = False
            self.looks.append(Look(began, time.monotonic(), is_good))

    def back_at(self, since: float) -> float | None:
        """Return when the first of some good answers in a row came to a question since then."""
        return back_at(self.looks, since)

    def outage(self, since: float, until: float) -> float:
        return longest_gap(self.looks, since, until)


def back_at(looks: Sequence[Look], since: float) -> float | None:
    row: list[Look] = []
    for look in looks:
        if look.began < since:
            continue
        row = [*row, look] if look.is_good else []
        if len(row) == GOOD_IN_A_ROW:
            return row[0].ended
    return None


def longest_gap(looks: Sequence[Look], since: float, until: float) -> float:
    """Return the longest time without a good answer, between two of them or to either end.

    Nought where no question failed: the pauses between questions are no outage.
    """
    mine = [look for look in looks if since <= look.ended <= until]
    if all(look.is_good for look in mine):
        return max((look.ended - look.began for look in mine), default=0.0)
    times = [since, *(look.ended for look in mine if look.is_good), until]
    return max(later - earlier for earlier, later in pairwise(times))


class Outbox:
    """Sees straight in PostgreSQL whether events get through."""

    def __init__(self) -> None:
        # When it was looked, how old the oldest event is that should have been handled, and when
        # the last was handled; the two are None while PostgreSQL is away.
        self.looks: list[tuple[float, float | None, float | None]] = []

    def run(self, stop: threading.Event) -> None:
        wire: Any = None
        while not stop.wait(OUTBOX_SECONDS):
            now = time.monotonic()
            try:
                wire = wire or psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
                lag, since_done = wire.execute(_OUTBOX).fetchone()
                done_at = None if since_done is None else now - float(since_done)
                self.looks.append((now, float(lag), done_at))
            except psycopg.Error:
                wire = None
                self.looks.append((now, None, None))

    def back_at(self, since: float) -> float | None:
        """Return when an event had been handled after then."""
        return next((at for at, _lag in self._handled(since)), None)

    def through_at(self, since: float) -> float | None:
        """Return when an event had been handled after then, and none that was due waited."""
        return next((at for at, lag in self._handled(since) if lag < LAG_SECONDS), None)

    def _handled(self, since: float) -> Iterator[tuple[float, float]]:
        for at, lag, done_at in self.looks:
            if at > since and lag is not None and done_at is not None and done_at > since:
                yield at, lag


class Invariants:
    """Reads what the process says that looks at the invariants."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.checks = self.away = 0
        self.slowest = 0.0
        self.broken: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it from the main thread, with whose end it ends."""
        command = [sys.executable, "-m", "benchmarks.outages.invariants", str(self.pause)]
        self.process = subprocess.Popen(
            [*launcher(), *command],
            cwd=environment.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        in_background(self._read)

    def _read(self) -> None:
        if self.process is None or self.process.stdout is None:
            return
        for line in self.process.stdout:
            look = json.loads(line)
            if "error" in look:
                self.away += 1
                continue
            self.checks += 1
            self.slowest = max(self.slowest, look["seconds"])
            for text in look["broken"]:
                print(f"BROKEN {text}", flush=True)
            self.broken += look["broken"]

    def stop(self) -> None:
        if self.process is not None:
            self.process.communicate("\n", timeout=60)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


def wait_for(find: Callable[[], float | None], seconds: float) -> float | None:
    """Return what is found within so many seconds."""
    deadline = time.monotonic() + seconds
    while (found := find()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
