"""How the marketplace stands right now: what metrics show as gauges, and health tells its owner."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from marketplace.common.partitions.tables import partitioned_tables
from marketplace.monitoring.tasks import LAST_RUNS

REDIS_TIMEOUT_SECONDS: Final = 1.0
# Without superuser rights the lag of replicas is not told; then it is left out.
_DATABASE: Final = """
    SELECT
        (SELECT count(*) FROM outbox_outboxevent
            WHERE status = 'pending' AND available_at <= now()),
        (SELECT extract(epoch FROM now() - min(available_at)) FROM outbox_outboxevent
            WHERE status = 'pending' AND available_at <= now()),
        (SELECT count(*) FROM outbox_outboxevent WHERE status = 'parked'),
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        current_setting('max_connections')::int,
        pg_database_size(current_database())
"""
_REPLICAS: Final = """
    SELECT application_name, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)
    FROM pg_stat_replication WHERE replay_lsn IS NOT NULL
"""


@dataclass
class Queue:
    """Tasks that wait, and how long the oldest has."""

    depth: int
    age_seconds: float


@dataclass
class State:
    """One look; what could not be looked at is None, or empty."""

    is_database_up: bool = False
    is_redis_up: bool = False
    outbox_due: int | None = None
    outbox_lag_seconds: float | None = None
    outbox_parked: int | None = None
    connections: int | None = None
    max_connections: int | None = None
    database_bytes: int | None = None
    replicas: dict[str, float] = field(default_factory=dict)
    pending_migrations: list[str] = field(default_factory=list)
    # Of each table that lies in months, how many are made after this one.
    months_ahead: dict[str, int] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    # When each task last ended, by its name and how it ended.
    task_runs: dict[tuple[str, str], float] = field(default_factory=dict)
    disk_free: dict[str, float] = field(default_factory=dict)

    @property
    def worker_seen_seconds(self) -> float | None:
        """How long ago any worker ended any task: beat has some every ten seconds."""
        return max(time.time() - max(self.task_runs.values()), 0.0) if self.task_runs else None


def look() -> State:
    """Ask PostgreSQL and Redis; bounded in time, and never raises for what is down."""
    state = State()
    try:
        _ask_database(state)
    except (DatabaseError, psycopg.Error):
        state.is_database_up = False
    try:
        with redis_client() as client:
            _ask_redis(state, client)
    except (redis.RedisError, OSError):
        state.is_redis_up = False
    folder = Path(settings.DATA_DIR)
    if folder.is_dir():
        usage = shutil.disk_usage(folder)
        state.disk_free["data"] = usage.free / usage.total
    return state


@contextmanager
def redis_client() -> Iterator[redis.Redis]:
    """Return a client of the broker that gives up soon."""
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with closing(client):
        yield client


def pending_migrations() -> list[str]:
    """Return the migrations of this release that the database has not seen.

    By their files' names: importing them all would take a second. Raises: DatabaseError.
    """
    wanted = {
        f"{config.label}.{path.stem}"
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "migrations").glob("[0-9]*.py")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        return sorted(wanted - {name for (name,) in cursor.fetchall()})


def _ask_database(state: State) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        (
            state.outbox_due,
            lag,
            state.outbox_parked,
            state.connections,
            state.max_connections,
            state.database_bytes,
        ) = cursor.fetchone()
        cursor.execute("SELECT pg_is_in_recovery()")
        if not cursor.fetchone()[0]:
            cursor.execute(_REPLICAS)
            state.replicas = {name: float(lag) for name, lag in cursor.fetchall()}
    state.outbox_lag_seconds = float(lag or 0)
    state.pending_migrations = pending_migrations()
    today = timezone.now().date()
    state.months_ahead = {row.name: row.months_ahead(today) for row in partitioned_tables()}
    state.is_database_up = True


def _ask_redis(state: State, client: Any) -> None:
    names = list(settings.CELERY_TASK_QUEUES)
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.llen(name)
            # Workers take from the end.
            pipe.lindex(name, -1)
        pipe.hgetall(LAST_RUNS)
        *answers, runs = pipe.execute()
    for name, depth, oldest in zip(names, answers[::2], answers[1::2], strict=True):
        state.queues[name] = Queue(depth, _age(oldest))
    for key, at in runs.items():
        task, _, outcome = key.decode().rpartition(" ")
        state.task_runs[task, outcome] = float(at)
    state.is_redis_up = True


def _age(message: bytes | None) -> float:
    if message is None:
        return 0.0
    try:
        return max(time.time() - float(orjson.loads(message)["headers"]["sent_at"]), 0.0)
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        return 0.0  # not sent by this release
