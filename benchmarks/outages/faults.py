"""What is done to the shop, how it is repaired, and when it counts as back."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import psycopg

from benchmarks import environment
from benchmarks.load import WORKERS
from benchmarks.outages.parts import Part, Shop, wait_until
from benchmarks.outages.watch import Outbox, Probe, wait_for

BACK_SECONDS: Final = 10.0
# What was not handled while a part was away is handled within so long.
BACKLOG_SECONDS: Final = 30.0
# How much longer is waited, to say how late it was.
GIVE_UP_SECONDS: Final = 60.0
DOWN_SECONDS: Final = 4.0
SILENT_SECONDS: Final = 6.0
SLOW_SECONDS: Final = 12.0
# Long enough for pauses between tries that grow to have grown.
AWAY_SECONDS: Final = 25.0
# Each way, and up to so much more: a statement takes 20 to 40 ms longer.
SLOW_NETWORK: Final = "delay 0.01 0.01"


@dataclass(frozen=True)
class Watch:
    """What sees whether the shop works: a page of the database, one of the cache, and events."""

    orders: Probe
    products: Probe
    outbox: Outbox


@dataclass(frozen=True)
class Outcome:
    """One fault: when it began, was repaired and was over (None: it was not), by the same clock.

    `through` is when no event waited any more, if the fault keeps events waiting.
    """

    name: str
    began: float
    repaired: float
    back: float | None
    outage_seconds: float
    has_backlog: bool = False
    through: float | None = None

    @property
    def back_seconds(self) -> float:
        return self._after_repair(self.back)

    @property
    def backlog_seconds(self) -> float:
        return self._after_repair(self.through) if self.has_backlog else 0.0

    def _after_repair(self, moment: float | None) -> float:
        return inf if moment is None else max(moment - self.repaired, 0.0)


@dataclass(frozen=True)
class Fault:
    """`strike` damages and repairs, and returns when the repair was done.

    `is_of_database`: the shop may say 503 while it lasts; otherwise never.
    `needs_worker`: back is when events are handled again, too, not only when pages are answered.
    """

    name: str
    what: str
    strike: Callable[[Shop, random.Random], float]
    is_of_database: bool = False
    needs_worker: bool = False
    needs_beat: bool = False

    def run(self, shop: Shop, watch: Watch, dice: random.Random) -> Outcome:
        began = time.monotonic()
        beat_log = shop.beat.log.stat().st_size
        repaired = self.strike(shop, dice)
        finds = [lambda: watch.orders.back_at(repaired), lambda: watch.products.back_at(repaired)]
        if self.needs_worker:
            finds.append(lambda: watch.outbox.back_at(repaired))
        if self.needs_beat:
            finds.append(lambda: _sends_again(shop, beat_log))
        if part := self._killed(shop):
            finds.append(lambda: time.monotonic() if len(part.children()) == WORKERS else None)
        deadline = repaired + GIVE_UP_SECONDS
        times = [wait_for(find, max(deadline - time.monotonic(), 0.1)) for find in finds]
        found = [at for at in times if at is not None]
        back = max(found) if len(found) == len(times) else None
        until = back or time.monotonic()
        outage = max(probe.outage(began, until) for probe in (watch.orders, watch.products))
        through = None
        if self.needs_worker:
            patience = max(deadline - time.monotonic(), 0.1)
            through = wait_for(lambda: watch.outbox.through_at(repaired), patience)
        return Outcome(self.name, began, repaired, back, outage, self.needs_worker, through)

    def _killed(self, shop: Shop) -> Part | None:
        """Return the part whose processes have to be as many again as before."""
        kind = self.name.partition("-")[0]
        return {"web": shop.web, "worker": shop.worker}.get(kind)


def _sends_again(shop: Shop, offset: int) -> float | None:
    """Tell when beat has sent its first task since the fault, by its log."""
    with shop.beat.log.open("rb") as log:
        log.seek(offset)
        return time.monotonic() if b"Sending due task" in log.read() else None


# --- web ---


def _kill_web_worker(shop: Shop, dice: random.Random) -> float:
    os.kill(dice.choice(shop.web.children()), signal.SIGKILL)
    return time.monotonic()  # the server itself repairs it


def _kill_web_workers(shop: Shop, dice: random.Random) -> float:
    for pid in shop.web.children():
        os.kill(pid, signal.SIGKILL)
    return time.monotonic()


def _kill_web(shop: Shop, dice: random.Random) -> float:
    shop.web.kill()
    time.sleep(DOWN_SECONDS)
    shop.web.start()
    return time.monotonic()


# --- worker and beat ---


def _kill_worker_child(shop: Shop, dice: random.Random) -> float:
    wait_until(lambda: bool(shop.worker.children()), "a child of the worker")
    os.kill(dice.choice(shop.worker.children()), signal.SIGKILL)
    return time.monotonic()  # the worker itself repairs it


def _kill_worker(shop: Shop, dice: random.Random) -> float:
    shop.worker.kill()
    time.sleep(DOWN_SECONDS)
    shop.worker.start()
    return time.monotonic()


def _kill_beat(shop: Shop, dice: random.Random) -> float:
    shop.beat.kill()
    time.sleep(DOWN_SECONDS)
    shop.beat.start()
    return time.monotonic()


# --- Redis ---


def _kill_redis(shop: Shop, dice: random.Random) -> float:
    shop.redis.kill()
    time.sleep(DOWN_SECONDS)
    shop.redis.start()  # empty: it keeps nothing on disk
    return time.monotonic()


def _long_redis(shop: Shop, dice: random.Random) -> float:
    shop.redis.kill()
    time.sleep(AWAY_SECONDS)
    shop.redis.start()
    return time.monotonic()


def _silence_redis(shop: Shop, dice: random.Random) -> float:
    shop.redis.signal(signal.SIGSTOP)
    time.sleep(SILENT_SECONDS)
    shop.redis.signal(signal.SIGCONT)
    return time.monotonic()


# --- PostgreSQL and the way to it ---


def _restart_postgres(number: signal.Signals) -> Callable[[Shop, random.Random], float]:
    def strike(shop: Shop, dice: random.Random) -> float:
        """Stop it as `pg_ctl stop` does; its keeper starts it again."""
        before = environment.server_pids()["database"]
        os.kill(before, number)
        wait_until(lambda: _is_postgres_another_than(before), "PostgreSQL is up again", 300)
        return time.monotonic()

    return strike


def _is_postgres_another_than(pid: int) -> bool:
    try:
        if environment.server_pids()["database"] == pid:
            return False
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2):
            return True
    except (psycopg.Error, OSError, ValueError):
        return False


def _slow_network(shop: Shop, dice: random.Random) -> float:
    shop.proxy.tell(SLOW_NETWORK)
    time.sleep(SLOW_SECONDS)
    shop.proxy.tell("pass")
    return time.monotonic()


def _hold_network(shop: Shop, dice: random.Random) -> float:
    shop.proxy.tell("hold")
    time.sleep(SILENT_SECONDS)
    shop.proxy.tell("pass")
    return time.monotonic()


def _long_network(shop: Shop, dice: random.Random) -> float:
    shop.proxy.tell("away")
    time.sleep(AWAY_SECONDS)
    shop.proxy.tell("pass")
    return time.monotonic()


def _cut_network(shop: Shop, dice: random.Random) -> float:
    for _ in range(3):
        shop.proxy.tell("cut")
        time.sleep(0.3)
    return time.monotonic()


FAULTS: Final[Sequence[Fault]] = (
    Fault("web-worker", "kill -9 of one web process", _kill_web_worker),
    Fault("web-workers", "kill -9 of all of them, not of their parent", _kill_web_workers),
    Fault("web-server", "kill -9 of the whole server, up again after 4 s", _kill_web),
    Fault(
        "worker-child",
        "kill -9 of one process of the worker",
        _kill_worker_child,
        needs_worker=True,
    ),
    Fault("worker", "kill -9 of the worker, up again after 4 s", _kill_worker, needs_worker=True),
    Fault("beat", "kill -9 of beat, up again after 4 s", _kill_beat, needs_beat=True),
    Fault("redis", "kill -9 of Redis, empty again after 4 s", _kill_redis, needs_worker=True),
    Fault("redis-away", "kill -9 of Redis, empty again after 25 s", _long_redis, needs_worker=True),
    Fault("redis-silent", "Redis takes 6 s to answer", _silence_redis, needs_worker=True),
    Fault(
        "postgres-fast",
        "restart of PostgreSQL, sessions ended (fast)",
        _restart_postgres(signal.SIGINT),
        is_of_database=True,
        needs_worker=True,
    ),
    Fault(
        "postgres-immediate",
        "restart of PostgreSQL without a checkpoint (immediate)",
        _restart_postgres(signal.SIGQUIT),
        is_of_database=True,
        needs_worker=True,
    ),
    Fault("network-slow", "20 to 40 ms more for each statement, 12 s", _slow_network),
    Fault(
        "network-silent",
        "nothing to or from PostgreSQL for 6 s",
        _hold_network,
        is_of_database=True,
        needs_worker=True,
    ),
    Fault(
        "network-cut",
        "all connections to PostgreSQL reset, three times in a second",
        _cut_network,
        is_of_database=True,
        needs_worker=True,
    ),
    Fault(
        "network-away",
        "PostgreSQL cannot be reached for 25 s",
        _long_network,
        is_of_database=True,
        needs_worker=True,
    ),
)
