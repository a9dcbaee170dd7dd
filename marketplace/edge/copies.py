"""Stored answers that this process has at hand, each for as long as Redis's own is the same."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marketplace.common.redis_bytes import RedisUnavailable
from marketplace.edge.answers import Answer
from marketplace.edge.requests import Asked, PublicRequest
from marketplace.edge.tracking import Tracking

MAX_COPIES: Final = 2_000
MAX_BYTES: Final = 8 * 1024 * 1024
# After Redis has not tracked, or has stopped to, it is not asked to for this long.
REST_SECONDS: Final = 5.0
# Redis keeps for a process what it does not read, without limit: one that nobody asks lets go.
IDLE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Copy:
    request: PublicRequest
    answer: Answer


class Copies:
    """`find` before the store is asked, `keep` what it or Django then answered.

    A copy counts only while Redis tells what has changed, and for SURE_SECONDS after it has proved
    so. A change of the catalogue is told before it is committed, and the commit waits for so long.
    """

    def __init__(self, track: Callable[[], Tracking]) -> None:
        self._track = track
        self._lock = threading.Lock()
        self._connecting = threading.Lock()
        self._resting_until = 0.0
        self._tracking: Tracking | None = None
        self._used_at = 0.0
        # One more with all that has changed: what was read before may be of before.
        self._changes = 0
        self._copies: dict[Asked, Copy] = {}
        self._by_version: dict[bytes, set[Asked]] = {}
        self._bytes = 0

    def find(self, asked: Asked) -> Copy | None:
        if asked not in self._copies:
            return None
        with self._lock:
            if not self._is_current():
                return None
            copy = self._copies.get(asked)
            if copy is not None and not copy.answer.is_fresh:
                self._drop(asked)
                return None
            return copy

    def mark(self) -> int | None:
        """Return what `keep` takes, before the store is asked; None: nothing can be kept."""
        if self._tracking is None:
            self._connect()
        with self._lock:
            self._is_current()
            return None if self._tracking is None else self._changes

    def keep(self, asked: Asked, copy: Copy, mark: int | None) -> None:
        """Keep an answer, unless something has changed since `mark`."""
        size = _size(asked, copy)
        with self._lock:
            if mark is None or mark != self._changes or asked in self._copies or size > MAX_BYTES:
                return
            self._copies[asked] = copy
            self._bytes += size
            for version in copy.request.versions:
                self._by_version.setdefault(version, set()).add(asked)
            while len(self._copies) > MAX_COPIES or self._bytes > MAX_BYTES:
                self._drop(next(iter(self._copies)))

    def close(self) -> None:
        """Forget everything, and what Redis says; `mark` begins anew."""
        with self._lock:
            self._close()

    def _connect(self) -> None:
        if time.monotonic() < self._resting_until or not self._connecting.acquire(blocking=False):
            return
        try:
            if self._tracking is not None:
                return  # by another thread, since: its news must not be lost
            tracking = self._track()
        except RedisUnavailable:
            self._resting_until = time.monotonic() + REST_SECONDS
        else:
            with self._lock:
                self._tracking = tracking
                self._used_at = time.monotonic()
            self._look_later(tracking)
        finally:
            self._connecting.release()

    def _look_later(self, tracking: Tracking) -> None:
        timer = threading.Timer(IDLE_SECONDS, self._let_go_if_idle, [tracking])
        timer.daemon = True
        timer.start()

    def _let_go_if_idle(self, tracking: Tracking) -> None:
        with self._lock:
            if self._tracking is not tracking:
                return
            if time.monotonic() - self._used_at >= IDLE_SECONDS:
                self._close()
                return
        self._look_later(tracking)

    def _is_current(self) -> bool:
        """Drop what has changed, and say whether the rest is known not to have."""
        if self._tracking is None:
            return False
        now = self._used_at = time.monotonic()
        try:
            names = self._tracking.changed(now)
        except RedisUnavailable:
            self._resting_until = now + REST_SECONDS
            self._close()
            return False
        if names:
            self._changes += 1
            for name in names:
                self._drop_all(name)
        return self._tracking.is_sure(now)

    def _drop_all(self, version: bytes) -> None:
        found = self._by_version.get(version, ())
        if len(found) == len(self._copies):
            self._clear()
        else:
            for asked in list(found):
                self._drop(asked)

    def _drop(self, asked: Asked) -> None:
        copy = self._copies.pop(asked)
        self._bytes -= _size(asked, copy)
        for version in copy.request.versions:
            others = self._by_version[version]
            others.discard(asked)
            if not others:
                del self._by_version[version]

    def _close(self) -> None:
        if self._tracking is not None:
            self._tracking.close()
            self._tracking = None
        self._clear()

    def _clear(self) -> None:
        self._changes += 1
        self._copies.clear()
        self._by_version.clear()
        self._bytes = 0


def _size(asked: Asked, copy: Copy) -> int:
    """Return the bytes of what callers can make large: their headers, too, are theirs to choose."""
    return len(copy.answer.body) + sum(len(part) for part in asked if part is not None)
