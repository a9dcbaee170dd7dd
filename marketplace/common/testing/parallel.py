"""Real concurrency: threads with their own database connections, released at one moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
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
