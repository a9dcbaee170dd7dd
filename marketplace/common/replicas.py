"""Reads of the public catalogue from streaming replicas; where none is configured, nothing is done.

A replica answers what it has replayed. How far that must be is in the versions that
`marketplace.common.read_cache` gives out: each carries the primary's position in the WAL of when it
was set, after the commit that it stands for. So an answer that is stored under a version shows what
that commit changed, whoever made it. For what is not stored, the position of a person's last write
counts as well. Where no position is known, the primary answers.
"""

import logging
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any, Final

import orjson
import psycopg
from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.http import HttpRequest, HttpResponseBase

from marketplace.common.metrics import REPLICA_READS
from marketplace.common.read_cache import (
    CATALOGUE,
    POSITION,
    current_versions,
    primary_position,
    renew,
    tell_writer,
)
from marketplace.common.redis_bytes import RedisUnavailable

logger = logging.getLogger(__name__)

# In the environ of a request whose answer is to be stored: the versions to store it under.
VERSIONS: Final = "marketplace.versions"
# A replica that failed is not asked for so long, and Redis after it failed.
REST_SECONDS: Final = 5.0
# How often each process looks whether a replica follows the primary.
WATCH_SECONDS: Final = 1.0
_REPLAYED: Final = """
    SELECT CASE WHEN pg_is_in_recovery()
        THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END
"""
_SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}


class _Route(threading.local):
    alias = DEFAULT_DB_ALIAS


_route = _Route()


def reading_alias() -> str:
    """Return the alias of the connection that the catalogue is read by at the moment."""
    return _route.alias


def reading_connection() -> Any:
    """Return the connection that the catalogue is read by at the moment."""
    return connections[_route.alias]


class ReplicaFailed(Exception):
    """The replica that was reading has failed: the primary is to be asked the same."""


class Router:
    """Sends what querysets read to where `reading` says, and nothing else."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _route.alias

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class Replica:
    """What this process knows of one replica.

    It is current while it replays what the primary had written REPLICA_LAG_SECONDS ago: positions
    alone tell, as the time of the last replayed commit grows old where nothing is committed.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.is_current = False
        self._watch_at = 0.0
        # Where the primary was when it was asked, which the replica has to reach.
        self._awaited: int | None = None
        self._awaited_since = 0.0
        self._is_down = False
        self._lock = threading.Lock()

    def may_answer(self, needed: int) -> bool:
        """Tell whether it can be read what had been written by the position `needed`."""
        try:
            # One thread tries a replica that was down; meanwhile others go to the primary.
            if time.monotonic() >= self._watch_at and self._lock.acquire(blocking=False):
                try:
                    self._watch()
                finally:
                    self._lock.release()
            return self.is_current and self._has_replayed(needed)
        except (DatabaseError, InterfaceError) as error:
            self.rest(error)
            return False

    def rest(self, reason: object) -> None:
        """Leave it alone for a while."""
        if not self._is_down:
            logger.warning("%s is left alone: %s", self.alias, reason)
        self._is_down, self.is_current = True, False
        self._watch_at = time.monotonic() + REST_SECONDS
        # What it has to reach first is told anew then.
        self._awaited = None

    def _watch(self) -> None:
        now = time.monotonic()
        self._watch_at = now + WATCH_SECONDS
        replayed = self._ask()
        is_late = now - self._awaited_since > settings.DATABASE_REPLICA_LAG_SECONDS
        if self._awaited is not None and replayed < self._awaited:
            if self.is_current and is_late:
                self.rest("it lags behind the primary")
            return
        is_in_time = self._awaited is not None and not is_late
        try:
            self._awaited, self._awaited_since = primary_position(), now
        except (DatabaseError, InterfaceError):
            # The primary is away: what the replica has is all that there is.
            self._watch_at = now + REST_SECONDS
            return
        self.is_current = is_in_time or replayed >= self._awaited
        if self.is_current and self._is_down:
            self._is_down = False
            logger.warning("%s is read again", self.alias)

    def _has_replayed(self, needed: int) -> bool:
        database = connections[self.alias]
        database.close_if_health_check_failed()
        # Kept with the connection: a replica that starts again begins further back. Behind a
        # pooler, nobody learns of that.
        if settings.DATABASE_POOLER:
            return self._ask() >= needed
        return getattr(database.connection, "replayed", -1) >= needed or self._ask() >= needed

    def _ask(self) -> int:
        database = connections[self.alias]
        with database.cursor() as cursor:
            cursor.execute(_REPLAYED)
            (replayed,) = cursor.fetchone()
        if replayed is None:
            raise OperationalError("it is not a replica, or not any more")
        database.connection.replayed = replayed
        return int(replayed)


_replica = cache(Replica)
_turn = count()
_redis_resting_until = 0.0


@contextmanager
def reading(alias: str) -> Iterator[None]:
    """Have this thread read by the connection `alias`."""
    _route.alias = alias
    try:
        yield
    finally:
        _route.alias = DEFAULT_DB_ALIAS


def choose_replica(environ: Mapping[str, Any], *, is_stored: bool) -> str | None:
    """Return the alias of a replica that may answer a public request; None: the primary has to.

    An answer that `is_stored` is made under the versions in the environ.
    """
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return None
    needed = _needed_for_store(environ) if is_stored else _needed_now(environ)
    if needed is None:
        REPLICA_READS.add("unknown")
        return None
    aliases = settings.DATABASE_REPLICAS
    first = next(_turn)
    for turn in range(len(aliases)):
        alias: str = aliases[(first + turn) % len(aliases)]
        if _replica(alias).may_answer(needed):
            REPLICA_READS.add("replica")
            return alias
    REPLICA_READS.add("behind")
    return None


def is_failure(error: Exception) -> bool:
    """Tell whether the replica that is reading has failed, where the primary may not.

    A statement that took too long would do so there as well.
    """
    if _route.alias == DEFAULT_DB_ALIAS:
        return False
    # A replica may also lack a table that the newest migration has made, or break off what is in
    # the way of its replaying.
    kinds = OperationalError, InterfaceError, ProgrammingError, InternalError
    if not isinstance(error, kinds) or isinstance(error.__cause__, psycopg.errors.QueryCanceled):
        return False
    REPLICA_READS.add("failed")
    database = reading_connection()
    if database.connection is None or not database.is_usable():
        _replica(_route.alias).rest(error)
    return True


def _needed_for_store(environ: Mapping[str, Any]) -> int | None:
    versions = environ.get(VERSIONS)
    return None if versions is None else _position_of(versions)


def _needed_now(environ: Mapping[str, Any]) -> int | None:
    global _redis_resting_until
    # Whose key it is only the database knows.
    if "HTTP_X_API_KEY" in environ or time.monotonic() < _redis_resting_until:
        return None
    try:
        found = current_versions(_person(environ))
    except RedisUnavailable:
        _redis_resting_until = time.monotonic() + REST_SECONDS
        return None
    if found is None:
        return None
    version, written = found
    needed = _position_of([version])
    return None if needed is None else max(needed, written)


def _position_of(versions: Sequence[str]) -> int | None:
    """Return what a replica must have replayed for an answer under these, the catalogue's first."""
    needed = 0
    for place, version in enumerate(versions):
        _, is_known, position = version.partition(POSITION)
        if is_known:
            needed = max(needed, int(position))
        elif place == 0:
            # Redis has lost it, or someone who knows of no replicas has set it.
            renew(CATALOGUE)
            return None
        elif version:
            return None
    return needed


def _person(environ: Mapping[str, Any]) -> str:
    """Return who an access token names, if it is one: nothing but the way depends on it."""
    kind, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "bearer":
        return ""
    try:
        payload = token.split(".")[1]
        person = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]
    except (ValueError, LookupError, TypeError):
        return ""
    return person if isinstance(person, str) else ""


class WriterMiddleware:
    """Remember how far the primary was after a person's write, for what they read next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in _SAFE_METHODS and response.status_code < 400:
            user = getattr(request, "user", None)
            if user is not None and user.pk is not None:
                tell_writer(str(user.pk))
        return response
