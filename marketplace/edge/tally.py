"""Counts of this process, handed on once a second so that no request waits for it."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
# In one pause; more different names than this are not counted.
MAX_NAMES: Final = 10_000


class Tally:
    """`add(name)`; what has been added up goes to `hand_on`, in a thread of its own."""

    def __init__(
        self, hand_on: Callable[[Mapping[str, int]], None], pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._hand_on = hand_on
        self._pause = pause_seconds
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def add(self, name: str) -> None:
        with self._lock:
            if not self._counts:
                timer = threading.Timer(self._pause, self.flush)
                timer.daemon = True
                timer.start()
            if name in self._counts:
                self._counts[name] += 1
            elif len(self._counts) < MAX_NAMES:
                self._counts[name] = 1

    def flush(self) -> None:
        """Hand on what has been counted since the last time; what cannot be taken is lost."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._hand_on(counts)
        except Exception:
            logger.exception("%d counts are lost", sum(counts.values()))
