"""Versions of what the public catalogue shows: a stored answer counts while its versions stand.

`marketplace.edge` stores answers together with the versions that it read before they were made.
Services say here what has changed. A version is a random token, set anew once the change is
committed, so an answer that was made before the commit cannot pass as one made after it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from django.conf import settings
from django.db import transaction

from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 0.05
# How long a stored answer can be read at all; a version outlives every answer that it ends.
KEPT_SECONDS: Final = 40
VERSION_SECONDS: Final = 86_400
RETRY_SECONDS: Final = 0.5
CATALOGUE: Final = b"edge:v:catalogue"

_unsent: set[bytes] = set()
_unsent_lock = threading.Lock()


def product_version(ref: str) -> bytes:
    """Return the name of the version of one product's page, by id or slug."""
    return b"edge:v:product:" + ref.encode()


def client() -> RedisBytes:
    """Return this process's client of the Redis that is Django's cache."""
    return _client(settings.CACHES["default"]["LOCATION"])


@cache
def _client(url: str) -> RedisBytes:
    return RedisBytes(url, timeout_seconds=TIMEOUT_SECONDS)


def catalogue_changed() -> None:
    """Drop every stored answer of the public catalogue once the transaction has committed."""
    pending = transaction.get_connection().run_on_commit
    if not any(function is _renew_catalogue for _, function, _ in pending):
        transaction.on_commit(_renew_catalogue, robust=True)


def products_changed(refs: Callable[[], Iterable[str]]) -> None:
    """Drop the stored pages of some products once the transaction has committed.

    For what only a product's own page shows. `refs` gives their ids and slugs; it is called after
    the commit, so that finding them costs no lock any time.
    """

    def renew_products() -> None:
        renew(*map(product_version, refs()))

    transaction.on_commit(renew_products, robust=True)


def _renew_catalogue() -> None:
    renew(CATALOGUE)


def renew(*names: bytes) -> None:
    """Set versions anew, now; where Redis does not answer, a thread goes on trying."""
    failed = {name for name in names if not _set(name)}
    if not failed:
        return
    logger.warning("Redis is not available: stored answers are dropped when it is back")
    with _unsent_lock:
        is_first = not _unsent
        _unsent.update(failed)
    if is_first:
        threading.Thread(target=_keep_trying, name="read-cache", daemon=True).start()


def _set(name: bytes) -> bool:
    try:
        lifetime = str(VERSION_SECONDS).encode()
        client().call(b"SET", name, os.urandom(8).hex().encode(), b"EX", lifetime)
    except RedisUnavailable:
        return False
    return True


def _keep_trying() -> None:
    """Until it is done, or nothing stored before is left anyway."""
    deadline = time.monotonic() + KEPT_SECONDS + RETRY_SECONDS
    while True:
        time.sleep(RETRY_SECONDS)
        with _unsent_lock:
            names = set(_unsent)
        done = {name for name in names if _set(name)}
        with _unsent_lock:
            _unsent.difference_update(names if time.monotonic() > deadline else done)
            if not _unsent:
                return
