"""The hint to the worker that events wait. Losing it costs seconds, never an event."""

import logging
import time

from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

RETRY_SECONDS = 15.0
# 0 while the broker answers.
_closed_until = 0.0


def after_commit() -> None:
    """Nudge the worker once when the current transaction commits, however often this is called."""
    if not getattr(settings, "OUTBOX_NUDGE", True):
        return
    pending = transaction.get_connection().run_on_commit
    if not any(entry[1] is _send for entry in pending):
        transaction.on_commit(_send, robust=True)


def _send() -> None:
    global _closed_until
    now = time.monotonic()
    if now < _closed_until:
        return
    if _closed_until:
        # A silent broker costs whoever asks it a second: one thread finds out for all.
        _closed_until = now + RETRY_SECONDS
    from marketplace.common.outbox.tasks import dispatch_task

    try:
        dispatch_task.apply_async(retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001 - whatever the broker raises, the periodic run picks it up
        logger.warning("The broker is not available: events wait for the periodic run")
        _closed_until = time.monotonic() + RETRY_SECONDS
    else:
        _closed_until = 0.0
