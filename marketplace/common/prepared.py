"""Statements that PostgreSQL parses and plans once per connection: for the hottest reads.

Django's own cursors send literals inside the text, which is parsed and planned anew every time.
"""

from collections.abc import Sequence
from typing import Any, Self

import psycopg
from django.conf import settings
from django.db import connection


class _PreparedCursor(psycopg.Cursor[Any]):
    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: Any = None
    ) -> Self:
        if not settings.DATABASE_PREPARED_STATEMENTS:
            return super().execute(query, params)
        # Django sets it to None on its connections, which forbids preparing even on request. Back
        # it goes, or Django's own statements, which have their values inside, would be kept too.
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params)
        finally:
            self.connection.prepare_threshold = None


def fetch_prepared(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement with `%s` placeholders and return its rows.

    Goes through Django's wrappers, so that statements are counted, logged and refused like others.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    plain = _PreparedCursor(connection.connection)
    with connection._prepare_cursor(plain) as cursor:  # type: ignore[attr-defined]
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
