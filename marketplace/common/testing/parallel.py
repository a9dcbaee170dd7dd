"""Real concurrency: threads with their own database connections, released at one moment."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from django.db import connection


def run_in_parallel(
    function: Callable[..., Any], *, times: int = 0, arguments: Sequence[Any] | None = None
) -> list[Any]:
    """Call a function in that many threads at once; returns results and exceptions, in order.

    With `arguments`, thread i gets arguments[i]. Connections are open before the barrier falls, so
    that connecting does not serialise the threads. Needs `django_db(transaction=True)`.
    """
    calls: list[tuple[Any, ...]] = (
        [(argument,) for argument in arguments] if arguments is not None else [()] * times
    )
    barrier = Barrier(len(calls))

    def call(args: tuple[Any, ...]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return function(*args)
        except Exception as error:  # noqa: BLE001 - outcomes are what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(call, calls))


def let_go_when_somebody_waits(is_begun: Event, may_go_on: Event) -> None:
    """Let the thread that holds the locks go on once another one waits for them.

    A work of its own for `run_in_parallel`, beside those two; whoever ends may set `may_go_on`.
    """
    is_begun.wait(60)
    deadline = time.monotonic() + 60
    while not (somebody_waits() or may_go_on.is_set()) and time.monotonic() < deadline:
        time.sleep(0.01)
    may_go_on.set()


def somebody_waits() -> bool:
    """Tell whether a connection to this database waits for a lock that another one has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
