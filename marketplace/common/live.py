"""Hints to the open connections of the realtime process: best effort, in a moment or not at all.

Whoever needs to be certain asks the database: a connection catches up by itself, a hint only makes
that happen now. All realtime processes listen to one Redis channel and keep what their own
connections are interested in.
"""

import logging
import os
import threading
import time
from collections import deque
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable

logger = logging.getLogger(__name__)

CHANNEL: Final = "live"
# What a caller waits at most, once; then a thread finds out when Redis is back.
TIMEOUT_SECONDS: Final = 0.05
RETRY_SECONDS: Final = 0.5
# Hints that wait for Redis; connections that missed some are told so when it is back.
MAX_UNSENT: Final = 10_000

_unsent: deque[bytes] = deque(maxlen=MAX_UNSENT)
_unsent_lock = threading.Lock()


def user_group(user_id: UUID) -> str:
    """Return the name of all connections of a user."""
    return f"user.{user_id}"


def session_group(session_id: UUID) -> str:
    """Return the name of all connections of one sign-in."""
    return f"session.{session_id}"


def send_after_commit(group: str, message: dict[str, Any]) -> None:
    """Send a message to the connections of a group once the transaction has committed."""
    transaction.on_commit(partial(send, group, message), robust=True)


def send(group: str, message: dict[str, Any]) -> None:
    """Send a message to the connections of a group; `type` chooses the consumer's method.

    Never raises for want of Redis, and waits for it for a moment at most.
    """
    line = orjson.dumps({"group": group, "message": message})
    with _unsent_lock:
        is_waiting = bool(_unsent)
        if is_waiting:  # in order, and without asking a Redis that does not answer
            _unsent.append(line)
    if is_waiting or _publish(line):
        return
    with _unsent_lock:
        is_first = not _unsent
        _unsent.append(line)
    if is_first:
        logger.warning("Redis is not available: live messages wait")
        threading.Thread(target=_keep_trying, name="live", daemon=True).start()


def _publish(line: bytes) -> bool:
    try:
        _client(settings.REDIS_URL).call(b"PUBLISH", CHANNEL.encode(), line)
    except RedisUnavailable:
        return False
    return True


@cache
def _client(url: str) -> RedisBytes:
    return RedisBytes(url, timeout_seconds=TIMEOUT_SECONDS)


def _keep_trying() -> None:
    while True:
        time.sleep(RETRY_SECONDS)
        while _unsent and _publish(_unsent[0]):
            with _unsent_lock:
                _unsent.popleft()
        with _unsent_lock:
            if not _unsent:
                return


def _forget() -> None:
    """A forked child has the list, but not the thread that empties it."""
    global _unsent_lock
    _unsent_lock = threading.Lock()
    _unsent.clear()


os.register_at_fork(after_in_child=_forget)
