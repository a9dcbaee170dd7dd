"""A database backend whose commits can be watched from right before to right after.

And whose connections are looked at before each request, but asked only once a second, and count
their statements.
"""

import select
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from django.db import InterfaceError, OperationalError
from django.db.backends.postgresql import base, operations
from psycopg_pool import ConnectionPool

from marketplace.common.commits import AroundCommit
from marketplace.common.work import work

# An idle connection that a network has silently forgotten is found by asking alone.
ASK_SECONDS: Final = 1.0


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        """Have the log of a statement whose values were sent beside it say them, too."""
        if isinstance(cursor, psycopg.ClientCursor):
            return super().last_executed_query(cursor, sql, params)
        return self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    health_check_done: bool
    # Whose changes PostgreSQL was told, in this transaction, to write down.
    audit_told: object | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._timed)

    def _timed(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        # As `work.waiting()` does, at 1 µs less. What a wrapper sends first is a part of it.
        started, before = time.perf_counter(), work.seconds
        try:
            return execute(sql, params, many, context)
        finally:
            work.statements += 1
            work.seconds = before + time.perf_counter() - started

    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        """Django's pool, which would ask the server each time that it gives a connection out."""
        is_known = self.alias in self._connection_pools  # type: ignore[attr-defined]  # the stubs lack it
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None and not is_known:
            pool._check = _check
        return pool

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and not self.health_check_done:
            self.health_check_done = not _has_to_be_asked(self.connection)
        super().close_if_health_check_failed()

    def _rollback(self) -> Any:
        self.audit_told = None
        return super()._rollback()  # type: ignore[misc]  # the stubs lack it

    def _savepoint_rollback(self, sid: str) -> None:
        self.audit_told = None
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs lack it

    def _commit(self) -> Any:
        self.audit_told = None
        watching = [watch for hook in self.run_on_commit if (watch := _watcher(hook[1]))]
        for watch in watching:
            watch.before()
        try:
            return super()._commit()  # type: ignore[misc]  # the stubs lack it
        except (OperationalError, InterfaceError):
            raise  # it may have been committed all the same
        except BaseException:
            for watch in watching:
                watch.undone()
            raise


def _check(connection: Any) -> None:
    """Raises: psycopg.OperationalError."""
    if _has_to_be_asked(connection):
        ConnectionPool.check_connection(connection)


def _has_to_be_asked(connection: Any) -> bool:
    """Spare the trip to the server where the connection worked a moment ago and is still open.

    One that the server has ended, by a restart too, has something to read.
    """
    now = time.monotonic()
    if now - getattr(connection, "asked_at", 0.0) < ASK_SECONDS and not _has_news(connection):
        return False
    connection.asked_at = now
    return True


def _has_news(connection: Any) -> bool:
    """Tell whether something was sent that nobody asked for; an idle connection has nothing."""
    try:
        descriptor = connection.fileno()
    except psycopg.OperationalError:
        return True  # closed on our side
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _watcher(hook: Any) -> AroundCommit | None:
    owner = getattr(hook, "__self__", None)
    return owner if isinstance(owner, AroundCommit) else None
