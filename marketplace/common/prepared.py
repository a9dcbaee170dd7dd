"""Statements that PostgreSQL parses and plans once per connection: for the hottest reads.

Django's own cursors send literals inside the text, which is parsed and planned anew every time.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, Self

import psycopg
from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Expression, Func, Model, QuerySet
from django.db.models.query import get_related_populators
from psycopg.pq import Format

from marketplace.common.replicas import reading_connection
from marketplace.common.work import work


class _BoundCursor(psycopg.Cursor[Any]):
    """Sends values beside the text."""


class _PreparedCursor(psycopg.RawCursor[Any]):
    """Prepares, by texts whose placeholders are numbered once, not each time as psycopg would."""

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: Any = None
    ) -> Self:
        if not settings.DATABASE_PREPARED_STATEMENTS:
            return super().execute(_numbered(query), params)
        # Django sets it to None on its connections, which forbids preparing even on request. Back
        # it goes, or Django's own statements, which have their values inside, would be kept too.
        self.connection.prepare_threshold = 0
        try:
            return super().execute(_numbered(query), params)
        finally:
            self.connection.prepare_threshold = None


# Those of searches have 20 kB each, and callers choose their shape.
@lru_cache(maxsize=300)
def _numbered(sql: str) -> str:
    """Return a statement with `%s` and `%%` in it as PostgreSQL reads it."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql)


def fetch_prepared(
    sql: str, params: Sequence[Any], *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a statement with `%s` placeholders and return its rows, `binary` as bytes where they are.

    Goes through Django's wrappers, so that statements are counted, logged and refused like others.
    """
    return _fetch(_connected(), _PreparedCursor, sql, params, binary=binary)


def fetch_planned(
    sql: str, params: Sequence[Any], *, timeout_ms: int | None = None, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a statement whose best plan depends on the values; otherwise as `fetch_prepared`.

    One plan for all values is right for a common value, and reads the whole table for a rare one.
    With `timeout_ms` it ends by then.
    """
    limits = {"plan_cache_mode": "auto"}
    return _fetch_with(limits, timeout_ms, _BoundCursor, sql, params, binary=binary)


def fetch_generic(sql: str, params: Sequence[Any], *, timeout_ms: int) -> list[tuple[Any, ...]]:
    """Run a statement as `fetch_prepared` does, ended after `timeout_ms`."""
    return _fetch_with({}, timeout_ms, _PreparedCursor, sql, params)


def _fetch_with(
    limits: Mapping[str, str],
    timeout_ms: int | None,
    cursor_class: type[psycopg.Cursor[Any]],
    sql: str,
    params: Sequence[Any],
    *,
    binary: bool = False,
) -> list[tuple[Any, ...]]:
    database = _connected()
    if timeout_ms is not None:
        limits = {**limits, "statement_timeout": str(timeout_ms)}
    # One trip for both; what a pipeline sends together is one transaction, which they are for.
    settings_sql = ", ".join(f"set_config('{name}', '{limits[name]}', true)" for name in limits)
    # Sending only puts it in the pipeline: the time passes when its rows are fetched.
    with work.waiting(), database.wrap_database_errors, database.connection.pipeline():
        _PreparedCursor(database.connection).execute(f"SELECT {settings_sql}")
        return _fetch(database, cursor_class, sql, params, binary=binary)


def _connected() -> Any:
    """Return the connection to read with, open and looked at."""
    database = reading_connection()
    database.close_if_health_check_failed()
    database.ensure_connection()
    return database


def _fetch(
    database: Any,
    cursor_class: type[psycopg.Cursor[Any]],
    sql: str,
    params: Sequence[Any],
    *,
    binary: bool = False,
) -> list[tuple[Any, ...]]:
    plain = cursor_class(database.connection)
    plain.format = Format.BINARY if binary else Format.TEXT
    with database._prepare_cursor(plain) as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


class Given(Expression):
    """Stands in a `PreparedQuery` for what each run gives by this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class OneOf(Func):
    """Whether the first is among the second, an array, whose length the text does not depend on."""

    arity = 2
    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    conditional = True
    output_field = BooleanField()


class _Compiled:
    """A statement, and what Django's `ModelIterable` knows of the rows that it returns."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        # `connection` stands for that of the thread that asks: any may run it.
        self.compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        self.converters = self.compiler.get_converters(
            [column for column, *_ in self.compiler.select]
        )

    @cached_property
    def model(self) -> type[Model]:
        model: type[Model] = self.compiler.klass_info["model"]
        return model

    @cached_property
    def columns(self) -> slice:
        selected = self.compiler.klass_info["select_fields"]
        return slice(selected[0], selected[-1] + 1)

    @cached_property
    def attributes(self) -> list[str]:
        return [column.target.attname for column, *_ in self.compiler.select[self.columns]]

    @cached_property
    def related(self) -> Sequence[Any]:
        info, select = self.compiler.klass_info, self.compiler.select
        related: Sequence[Any] = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]  # stubs of Django 6
        return related


class PreparedQuery:
    """A queryset that Django compiles once and not for each run, which takes it a millisecond.

    `make` returns it, with `Given` where values come in: whatever else it is made with, the time of
    day above all, is the same for all runs.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make

    @cached_property
    def _compiled(self) -> _Compiled:
        return _Compiled(self._make())

    def values(self, **given: Any) -> list[dict[str, Any]]:
        """Return the rows of a queryset that ends with `values()`."""
        names = self._compiled.compiler.query.selected
        return [dict(zip(names, row, strict=True)) for row in self._rows(given)]

    def instances(self, **given: Any) -> list[Any]:
        """Return the objects, and in them those that `select_related()` names."""
        compiled, found = self._compiled, []
        for row in self._rows(given):
            values = row[compiled.columns]
            found.append(compiled.model.from_db(connection.alias, compiled.attributes, values))
            for populator in compiled.related:
                populator.populate(row, found[-1])
        return found

    def _rows(self, given: dict[str, Any]) -> Iterable[Sequence[Any]]:
        compiled = self._compiled
        params = [
            given[value.name] if isinstance(value, Given) else value for value in compiled.params
        ]
        rows: Iterable[Sequence[Any]] = fetch_prepared(compiled.sql, params)
        if compiled.converters:
            rows = compiled.compiler.apply_converters(rows, compiled.converters)
        return rows
