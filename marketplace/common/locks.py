"""Advisory locks of PostgreSQL: they end with their transaction or session, also after kill -9."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_lock_id(name)])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_lock_id(name)])
