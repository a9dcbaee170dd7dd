"""What this process needs, and whether it answers right now."""

import time
from dataclasses import dataclass
from threading import Lock

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from marketplace.monitoring.state import pending_migrations

# libpq's own least; also the bound of the handshake with a server that accepts and says nothing.
CONNECT_TIMEOUT_SECONDS = 2
REDIS_TIMEOUT_SECONDS = 1
# Everybody who asks within this time gets the same answer: asking often must cost nothing.
ANSWER_LIVES_SECONDS = 1.0

UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Health:
    """One look at the dependencies."""

    database: str
    redis: str
    # Whether the database has what this release's code expects.
    is_migrated: bool = True

    @property
    def is_up(self) -> bool:
        return self.is_ready and self.redis == UP

    @property
    def is_ready(self) -> bool:
        return self.database == UP and self.is_migrated


_lock = Lock()
_answers: dict[str, tuple[float, Health]] = {}
_is_known_migrated = False


def current_health() -> Health:
    """Look at PostgreSQL and Redis, or return the look of a moment ago.

    Bounded: a silent server costs three seconds at most, whoever asks at the same time included.
    """
    with _lock:
        looked_at, health = _answers.get("last", (float("-inf"), Health(DOWN, DOWN)))
        if time.monotonic() - looked_at > ANSWER_LIVES_SECONDS:
            database = _database()
            health = Health(database, _redis(), is_migrated=database == UP and _is_migrated())
            _answers["last"] = (time.monotonic(), health)
        return health


def forget_health() -> None:
    """Have the next caller look again."""
    global _is_known_migrated
    with _lock:
        _answers.clear()
        _is_known_migrated = False


def _database() -> str:
    """Connect anew: a frozen server would hold an open connection for as long as it likes."""
    parameters = connection.get_connection_params()
    parameters["connect_timeout"] = CONNECT_TIMEOUT_SECONDS
    try:
        with psycopg.connect(**parameters) as fresh:
            fresh.execute("SELECT 1")
    except psycopg.Error:
        return DOWN
    return UP


def _is_migrated() -> bool:
    """Look until nothing is pending: migrations are not taken back under a running process."""
    global _is_known_migrated
    if not _is_known_migrated:
        try:
            _is_known_migrated = not pending_migrations()
        except (DatabaseError, psycopg.Error):
            return False
    return _is_known_migrated


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return DOWN
    finally:
        client.close()
    return UP
