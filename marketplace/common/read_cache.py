"""Versions of what the public catalogue shows: a stored answer counts while its versions stand.

`marketplace.edge` stores answers together with the versions that it read before they were made.
Services say here what has changed. A version is a random token, set anew once the change is
committed, so an answer that was made before the commit cannot pass as one made after it.

The catalogue's is set anew right before the commit as well, and closed with a mark until the one
after it: while there is a mark nothing is read from the store or put into it. So a process that
dies between the commit and what follows it leaves answers that are slow for LEASE_SECONDS, not
wrong ones. Between the mark and the commit the copies that processes have of stored answers run
out, also where nobody has told them.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections, transaction

from marketplace.common.commits import AroundCommit
from marketplace.common.redis_bytes import RedisBytes, RedisUnavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 0.05
# How long a stored answer can be read at all; a version outlives every answer that it ends.
KEPT_SECONDS: Final = 40
VERSION_SECONDS: Final = 86_400
RETRY_SECONDS: Final = 0.5
VERSIONS_PREFIX: Final = b"edge:v:"
CATALOGUE: Final = VERSIONS_PREFIX + b"catalogue"
# There while a change of the catalogue is being committed.
CLOSED: Final = b"edge:closed"
# How long a mark stays when nobody takes it away: longer than a commit can take, as statements may
# take 15 s.
LEASE_SECONDS: Final = 20
# How long a process gives out copies without asking Redis whether they still stand, and so how long
# a commit waits behind the mark.
SURE_SECONDS: Final = 0.005
# Between a version and the position of when it was set.
POSITION: Final = "@"
# How long a person's last write is remembered: longer than a replica that is read may lag.
WRITER_SECONDS: Final = 60
_PRIMARY: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
# Each commit under way is a member, and its score the time its lease ends.
_COMMITS: Final = b"edge:commits"
# The scripts' first write is a DEL: a full Redis refuses to begin with one that takes memory, and
# none after it. Otherwise it would still give out what is stored, and not be told that it ends.
_CLOSE: Final = b"""
    redis.call('DEL', KEYS[1])
    local time = redis.call('TIME')
    local until_ms = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3]
    redis.call('ZADD', KEYS[3], until_ms, ARGV[1])
    redis.call('PEXPIRE', KEYS[3], ARGV[3])
    redis.call('SET', KEYS[2], 1, 'PX', ARGV[3])
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
"""
_OPEN: Final = b"""
    redis.call('DEL', KEYS[1])
    local time = redis.call('TIME')
    local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('SET', KEYS[1], ARGV[1] .. '+' .. ARGV[4], 'EX', ARGV[2])
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now_ms)
    local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')
    if last[2] then
        redis.call('PEXPIREAT', KEYS[2], last[2])
    else
        redis.call('DEL', KEYS[2])
    end
"""

_RENEW: Final = b"""
    for _, name in ipairs(KEYS) do
        redis.call('DEL', name)
        redis.call('SET', name, ARGV[1], 'EX', ARGV[2])
    end
"""

_unsent: set[bytes] = set()
# Where the primary was at the latest of them: far enough for all.
_unsent_position = b""
_unsent_lock = threading.Lock()


def product_version(ref: str) -> bytes:
    """Return the name of the version of one product's page, by id or slug."""
    return VERSIONS_PREFIX + b"product:" + ref.encode()


def client() -> RedisBytes:
    """Return this process's client of the Redis that is Django's cache."""
    return _client(settings.CACHES["default"]["LOCATION"])


@cache
def _client(url: str) -> RedisBytes:
    return RedisBytes(url, timeout_seconds=TIMEOUT_SECONDS)


def catalogue_changed() -> None:
    """Drop every stored answer of the public catalogue once the transaction has committed."""
    _CatalogueCommit.watch()


class _CatalogueCommit(AroundCommit):
    """Keeps the store closed while a change of the catalogue is being committed."""

    def __init__(self) -> None:
        self.token = _token()

    def before(self) -> None:
        # Also where Redis was away a moment ago: others may have it back already.
        if self._run(_CLOSE):
            time.sleep(SURE_SECONDS)

    def after(self) -> None:
        self._open(_position())

    def undone(self) -> None:
        # The transaction has not ended yet: it is asked for nothing more.
        self._open(b"")

    def _open(self, position: bytes) -> None:
        if not self._run(_OPEN, position):
            _send_later({CATALOGUE}, position)

    def _run(self, script: bytes, position: bytes = b"") -> bool:
        keys = (b"3", CATALOGUE, CLOSED, _COMMITS)
        seconds, lease = str(VERSION_SECONDS).encode(), str(LEASE_SECONDS * 1000).encode()
        try:
            client().call(b"EVAL", script, *keys, self.token, seconds, lease, position)
        except RedisUnavailable:
            return False
        return True


def products_changed(refs: Callable[[], Iterable[str]]) -> None:
    """Drop the stored pages of some products once the transaction has committed.

    For what only a product's own page shows. `refs` gives their ids and slugs; it is called after
    the commit, so that finding them costs no lock any time. Where the process dies in between, the
    pages may show the old state for KEPT_SECONDS.
    """

    def renew_products() -> None:
        renew(*map(product_version, refs()))

    transaction.on_commit(renew_products, robust=True)


def renew(*names: bytes) -> None:
    """Set versions anew, now; where Redis does not answer, a thread goes on trying."""
    position = _position()
    if not _set(names, position):
        _send_later(set(names), position)


def primary_position() -> int:
    """Return how far the primary has written its WAL; what was committed before is before it.

    Raises: DatabaseError, InterfaceError.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_PRIMARY)
        return int(cursor.fetchone()[0])


def current_versions(person: str) -> tuple[str, int] | None:
    """Return the catalogue's version, and the position of the last write of `person`, or 0.

    None while a change is being committed. Raises: RedisUnavailable.
    """
    reply = client().call(b"MGET", CATALOGUE, CLOSED, _writer(person))
    if not isinstance(reply, list):
        raise RedisUnavailable("not a list")
    version, closed, written = reply
    if closed is not None:
        return None
    return (
        version.decode() if isinstance(version, bytes) else "",
        int(written) if isinstance(written, bytes) else 0,
    )


def tell_writer(person: str) -> None:
    """Remember where the primary is, now that a person has written.

    Without Redis nothing is remembered, and nothing read from a replica.
    """
    try:
        position = str(primary_position()).encode()
        seconds = str(WRITER_SECONDS).encode()
        client().call(b"SET", _writer(person), position, b"EX", seconds)
    except (DatabaseError, InterfaceError, RedisUnavailable):
        logger.warning("A person's write is not remembered", exc_info=True)


def _writer(person: str) -> bytes:
    return b"replica:w:" + person.encode("utf-8", "replace")


def _position() -> bytes:
    """Return what a version that is set now ends with."""
    if not settings.DATABASE_REPLICAS:
        return b""
    try:
        return f"{POSITION}{primary_position()}".encode()
    except (DatabaseError, InterfaceError):
        return b""  # not known: what is made under this version is read from the primary


def _send_later(names: set[bytes], position: bytes) -> None:
    global _unsent_position
    logger.warning("Redis is not available: stored answers are dropped when it is back")
    with _unsent_lock:
        is_first = not _unsent
        _unsent.update(names)
        _unsent_position = position
    if is_first:
        threading.Thread(target=_keep_trying, name="read-cache", daemon=True).start()


def _token() -> bytes:
    return os.urandom(8).hex().encode()


def _set(names: Collection[bytes], position: bytes) -> bool:
    """Set all of them in one trip, as an order renews the pages of each of its products."""
    count, lifetime = str(len(names)).encode(), str(VERSION_SECONDS).encode()
    try:
        client().call(b"EVAL", _RENEW, count, *names, _token() + position, lifetime)
    except RedisUnavailable:
        return False
    return True


def _keep_trying() -> None:
    """Until it is done, or nothing stored before is left anyway."""
    deadline = time.monotonic() + KEPT_SECONDS + RETRY_SECONDS
    while True:
        time.sleep(RETRY_SECONDS)
        with _unsent_lock:
            names, position = set(_unsent), _unsent_position
        is_done = _set(names, position) or time.monotonic() > deadline
        with _unsent_lock:
            _unsent.difference_update(names if is_done else ())
            if not _unsent:
                return
