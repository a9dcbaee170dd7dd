"""The hint to the worker that rows wait for it. Losing it costs seconds, never a row."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial

from celery import current_app
from django.conf import settings
from django.db import transaction

from marketplace.common.read_cache import client
from marketplace.common.redis_bytes import RedisUnavailable

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
LOST_AFTER_MS = 2_000
DISPATCH_TASK = "outbox.dispatch"
# 0 while the broker answers.
_closed_until = 0.0


def after_commit(task: str = DISPATCH_TASK) -> None:
    """Start a task once when the current transaction commits, however often this is called.

    Only for tasks that beat starts as well, and that look in the database for what to do.
    """
    if not getattr(settings, "OUTBOX_NUDGE", True):
        return
    send = _sender(task)
    pending = transaction.get_connection().run_on_commit
    if not any(entry[1] is send for entry in pending):
        transaction.on_commit(send, robust=True)


@cache
def _sender(task: str) -> Callable[[], None]:
    return partial(_send, task)


def taken(task: str) -> None:
    """Say that a nudge has arrived: what is written from now on needs another.

    Call it at the start of the task, before it looks for rows.
    """
    with suppress(RedisUnavailable):
        client().call(b"DEL", _flag(task))


def _is_on_its_way(task: str) -> bool:
    """Tell whether a nudge sent before will find what has just been committed.

    It will while it waits to be taken. One that was lost counts for LOST_AFTER_MS.
    """
    lifetime = str(LOST_AFTER_MS).encode()
    try:
        return client().call(b"SET", _flag(task), b"1", b"NX", b"PX", lifetime) is None
    except RedisUnavailable:
        return False


def _flag(task: str) -> bytes:
    return b"nudge:" + task.encode()


def _send(task: str) -> None:
    global _closed_until
    now = time.monotonic()
    if now < _closed_until or _is_on_its_way(task):
        return
    if _closed_until:
        # A silent broker costs whoever asks it a second: one thread finds out for all.
        _closed_until = now + RETRY_SECONDS
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001 - whatever the broker raises, the periodic run picks it up
        logger.warning("The broker is not available: %s waits for the periodic run", task)
        _closed_until = time.monotonic() + RETRY_SECONDS
        taken(task)
    else:
        _closed_until = 0.0
