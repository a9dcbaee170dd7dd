"""Leaving other people's servers alone that have just failed to answer."""

import threading
import time
from collections import Counter


class Breaker:
    """Keeps a process from asking somebody, by name, who did not answer `failures` times in a row.

    They rest for `rest_seconds`. Then one caller tries, within `trial_seconds`, and the others wait
    for what comes of it.
    """

    def __init__(self, *, rest_seconds: float, trial_seconds: float, failures: int = 1) -> None:
        self._rest_seconds, self._trial_seconds = rest_seconds, trial_seconds
        self._allowed_failures = failures
        self._failures: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def allows(self, name: str) -> bool:
        """Tell whether to ask; say afterwards how it went."""
        now = time.monotonic()
        with self._lock:
            until = self._rests_until.get(name)
            if until is None:
                return True
            if now < until:
                return False
            self._rests_until[name] = now + self._trial_seconds
            return True

    def failed(self, name: str) -> None:
        with self._lock:
            self._failures[name] += 1
            if self._failures[name] >= self._allowed_failures:
                self._rests_until[name] = time.monotonic() + self._rest_seconds

    def answered(self, name: str) -> None:
        with self._lock:
            self._failures.pop(name, None)
            self._rests_until.pop(name, None)

    def forget(self) -> None:
        """Ask everybody again."""
        with self._lock:
            self._failures.clear()
            self._rests_until.clear()
