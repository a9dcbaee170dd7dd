"""The hint to the worker that rows wait for it. Losing it costs seconds, never a row."""

import logging
import time
from collections.abc import Callable
from functools import cache, partial

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

RETRY_SECONDS = 15.0
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


def _send(task: str) -> None:
    global _closed_until
    now = time.monotonic()
    if now < _closed_until:
        return
    if _closed_until:
        # A silent broker costs whoever asks it a second: one thread finds out for all.
        _closed_until = now + RETRY_SECONDS
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001 - whatever the broker raises, the periodic run picks it up
        logger.warning("The broker is not available: %s waits for the periodic run", task)
        _closed_until = time.monotonic() + RETRY_SECONDS
    else:
        _closed_until = 0.0
