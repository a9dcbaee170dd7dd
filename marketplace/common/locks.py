"""Advisory locks of PostgreSQL: they end with their transaction or session, also after kill -9."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections


def _lock_id(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def transaction_lock(name: str) -> None:
    """Take a lock until the transaction ends, waiting for whoever holds it (`lock_timeout`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_id(name)])


def try_transaction_lock(name: str) -> bool:
    """Take a lock until the transaction ends; False when another one holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_id(name)])
        return bool(cursor.fetchone()[0])


@contextmanager
def job_lock(name: str) -> Iterator[bool]:
    """Hold a periodic job's lock; yields False when the job is running elsewhere."""
    with _pooled_job_lock(name) if settings.DATABASE_POOLER else _session_lock(name) as is_ours:
        yield is_ours


@contextmanager
def _session_lock(name: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_lock_id(name)])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_lock_id(name)])


@contextmanager
def _pooled_job_lock(name: str) -> Iterator[bool]:
    """Hold it by a transaction beside the job's own.

    The pooler would leave a session's lock with a session that others get, and that no unlock finds
    again. The transaction has neither a snapshot nor an id, so it is in the way of no vacuum.
    """
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', '0', true), "
                "pg_try_advisory_xact_lock(%s)",
                [_lock_id(name)],
            )
            taken = bool(cursor.fetchone()[1])
        yield taken
        other.rollback()
    finally:
        other.close()
