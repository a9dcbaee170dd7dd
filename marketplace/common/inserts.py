"""New rows of several tables by one statement, parsed and planned once per connection.

Django's `bulk_create` takes a statement for each model, compiled, parsed and planned each time.
"""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import orjson
from django.db import connection, models

from marketplace.common.prepared import fetch_prepared


def insert_rows(*tables: Sequence[models.Model], skip_taken: str = "") -> set[Any]:
    """Write new rows, those of each model in one sequence; returns the keys of the last one's.

    `skip_taken` names a unique column of the last model: a row whose value is taken is left out.
    The rows go as JSON, so that the statement is the same for any number of them.
    """
    filled = [rows for rows in tables if rows]
    if not filled:
        return set()
    sql = _statement(tuple(type(rows[0]) for rows in filled), skip_taken)
    written = {row[0] for row in fetch_prepared(sql, [_json(rows) for rows in filled])}
    for row in (row for rows in filled for row in rows):
        row._state.adding, row._state.db = False, connection.alias
    return written


def upsert_rows(
    rows: Sequence[models.Model], *, unique: tuple[str, ...], update: tuple[str, ...]
) -> None:
    """Write rows of one model; where the `unique` columns are taken, `update` that row instead.

    A row that was there keeps its key. Columns by their names in the database.
    """
    sql = _upsert(type(rows[0]), unique, update)
    fetch_prepared(sql, [_json(rows)])


@cache
def _upsert(model: type[models.Model], unique: tuple[str, ...], update: tuple[str, ...]) -> str:
    taken = ", ".join(f'"{column}"' for column in unique)
    new = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in update)
    key = f'"{model._meta.pk.column}"'
    return f"{_insert(model)} ON CONFLICT ({taken}) DO UPDATE SET {new} RETURNING {key}"


@cache
def _statement(tables: tuple[type[models.Model], ...], skip_taken: str) -> str:
    *others, last = (_insert(model) for model in tables)
    if skip_taken:
        last += f' ON CONFLICT ("{skip_taken}") DO NOTHING'
    last += f' RETURNING "{tables[-1]._meta.pk.column}"'
    if not others:
        return last
    named = ", ".join(f"insert{number} AS ({sql})" for number, sql in enumerate(others))
    return f"WITH {named} {last}"


def _insert(model: type[models.Model]) -> str:
    table = model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    rows = f'json_populate_recordset(NULL::"{table}", %s::json)'
    return f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {rows}'  # noqa: S608 - our names


def _json(rows: Sequence[models.Model]) -> str:
    columns = _columns(type(rows[0]))
    return orjson.dumps([{name: read(row) for name, read in columns} for row in rows]).decode()


@cache
def _columns(model: type[models.Model]) -> list[tuple[Any, Callable[[models.Model], Any]]]:
    """Return each column with what reads its value from a new row.

    Most are taken as they are: PostgreSQL casts them, and refuses what is of another type.
    """
    return [(field.column, _reader(field)) for field in model._meta.concrete_fields]


def _reader(field: models.Field[Any, Any]) -> Callable[[models.Model], Any]:
    if type(field).pre_save is models.Field.pre_save:
        return attrgetter(field.attname)
    return lambda row: field.get_prep_value(field.pre_save(row, True))
