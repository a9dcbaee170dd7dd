"""Rows by the million: PostgreSQL's COPY, fed a bounded number of rows at a time."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection, models


class Table:
    """Rows of one model on their way into the database.

    `fields` are what `add` is given, by attribute name, after the id and the time; every other
    column gets its model's default.
    """

    def __init__(self, model: type[models.Model], *fields: str) -> None:
        meta = model._meta
        named = [_column(model, name) for name in ("id", "created_at", "updated_at", *fields)]
        rest = [
            field
            for field in meta.concrete_fields
            if field not in named and not getattr(field, "generated", False)
        ]
        self.name = meta.db_table
        self.columns = [str(field.column) for field in (*named, *rest)]
        self._defaults = tuple(
            field.get_db_prep_save(field.get_default(), connection) for field in rest
        )
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row_id: uuid.UUID, at: datetime, *values: Any) -> None:
        self._rows.append((row_id, at, at, *values, *self._defaults))

    def flush(self) -> int:
        """Copy what has gathered, and forget it; returns how many rows that were."""
        rows, self._rows = self._rows, []
        if rows:
            quote = connection.ops.quote_name
            columns = ", ".join(quote(column) for column in self.columns)
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {quote(self.name)} ({columns}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        return len(rows)


def _column(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if name in {field.attname, field.name}:
            return field
    raise LookupError(f"{model.__name__} has no column {name}")


def flush_all(tables: Iterable[Table]) -> int:
    """Copy the tables in this order, which must have what is pointed at first."""
    return sum(table.flush() for table in tables)


def id_at(at: datetime, rng: Random) -> uuid.UUID:
    """Return the UUIDv7 that a row made at this time would have had."""
    milliseconds = int(at.timestamp() * 1000)
    bits = milliseconds << 80 | 0x7 << 76 | rng.getrandbits(12) << 64
    return uuid.UUID(int=bits | 0b10 << 62 | rng.getrandbits(62))
