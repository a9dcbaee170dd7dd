"""Where counts are kept: in a queue of the process, then in a file that processes share."""

import atexit
import fcntl
import logging
import os
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from django.conf import settings

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
# Of one metric; more combinations of labels than this are not kept.
MAX_SERIES: Final = 5_000
_SEPARATOR: Final = "\x1f"

Event = tuple[str, tuple[str, ...], float, tuple[float, ...] | None]
# A counter's value, or a histogram's count per bucket and, last, the sum.
Totals = dict[str, dict[str, Any]]


class Store:
    """Adds events up and hands them on once a second; what a killed process had is lost.

    Prometheus' own multi-process mode keeps files per process for ever, and costs 2 µs an event.
    """

    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.started = False
        self._lock = threading.Lock()
        self._unsaved: Totals = {}
        self._is_told = False

    def start(self) -> None:
        with self._lock:
            if self.started:
                return
            self.started = True
        threading.Thread(target=self._run, name="metrics", daemon=True).start()

    def after_fork(self) -> None:
        """Begin anew: the parent saves what it has, and threads do not cross a fork."""
        self.__init__()  # type: ignore[misc]

    def save(self) -> None:
        """Add to the file what this process has counted; what cannot be saved is kept for later."""
        with self._lock:
            self._add_up()
            if not self._unsaved:
                return
            try:
                with _locked(fcntl.LOCK_EX) as path:
                    totals = _merged(_read(path), self._unsaved)
                    fresh = path.with_suffix(".new")
                    fresh.write_bytes(orjson.dumps(totals))
                    fresh.replace(path)
            except OSError as error:
                if not self._is_told:
                    logger.warning("Metrics cannot be kept in %s: %s", settings.METRICS_DIR, error)
                self._is_told = True
                return
            self._unsaved = {}
            self._is_told = False

    def totals(self) -> Totals:
        """Return what all processes have counted, this one up to now, others up to a second ago."""
        self.save()
        try:
            with _locked(fcntl.LOCK_SH) as path:
                found = _read(path)
        except OSError:
            found = {}
        with self._lock:
            return _merged(found, self._unsaved)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(PAUSE_SECONDS)
            if self.events or self._unsaved:
                try:
                    self.save()
                except Exception:
                    logger.exception("Metrics are lost")

    def _add_up(self) -> None:
        # As many as there are now: others are added meanwhile.
        for _ in range(len(self.events)):
            name, labels, value, bounds = self.events.popleft()
            series = self._unsaved.get(name)
            if series is None:
                series = self._unsaved[name] = {}
            key = _SEPARATOR.join(labels)
            if bounds is None:
                series[key] = series.get(key, 0) + value
                continue
            counts = series.get(key)
            if counts is None:
                counts = series[key] = [0] * (len(bounds) + 2)
            counts[bisect_left(bounds, value)] += 1
            counts[-1] += value


def labels_of(key: str) -> list[str]:
    return key.split(_SEPARATOR)


def _merged(totals: Totals, added: Totals) -> Totals:
    for name, series in added.items():
        known = totals.setdefault(name, {})
        for key, value in series.items():
            before = known.get(key)
            if before is None:
                if len(known) < MAX_SERIES:
                    known[key] = list(value) if isinstance(value, list) else value
            elif isinstance(value, list):
                # Other bounds than an earlier release's: begin anew.
                same = isinstance(before, list) and len(before) == len(value)
                known[key] = (
                    [a + b for a, b in zip(before, value, strict=True)] if same else list(value)
                )
            else:
                known[key] = before + value if isinstance(before, int | float) else value
    return totals


def _read(path: Path) -> Totals:
    try:
        found = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _locked(how: int) -> Iterator[Path]:
    folder = Path(settings.METRICS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is somebody else's")
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield folder / "totals.json"


store: Final = Store()
os.register_at_fork(after_in_child=store.after_fork)
atexit.register(store.save)
