"""JSON made by PostgreSQL: what a serializer would render, as one expression built from it.

The serializer stays the only declaration of the shape. A field's class decides its expression:
register one with `json_expression.register` for a field that computes something in Python.
"""

from collections.abc import Mapping
from functools import lru_cache, singledispatch
from typing import Any

import orjson
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import Storage, storages
from django.db.models import (
    BinaryField,
    BooleanField,
    F,
    Field,
    FloatField,
    Func,
    IntegerField,
    QuerySet,
    TextField,
    UUIDField,
)
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.db.models.sql.constants import LOUTER
from rest_framework import serializers

from marketplace.common import money
from marketplace.common.api.fields import CurrencyField, MediaUrlField, MoneyField

_PROBE = "probe/0.webp"
_PERCENT_ENCODED = (
    "(SELECT string_agg(CASE WHEN piece ~ '^[A-Za-z0-9/~!*()''_.-]$' THEN piece ELSE "
    "upper(regexp_replace(encode(convert_to(piece, 'UTF8'), 'hex'), '(..)', '%%\\1', 'g')) "
    "END, '' ORDER BY place) FROM regexp_split_to_table({}, '') "
    "WITH ORDINALITY AS letters (piece, place))"
)


class JsonTextField(TextField):
    """Text that is JSON already."""


class PlainTextField(TextField):
    """Text in which nothing has to be escaped."""


class JsonObject(Func):
    """What `json_build_object` makes, in less than three quarters of its time.

    That looks up the types of all names and values for each row; so does `to_json`, which is for
    what has to be escaped.
    """

    output_field = JsonTextField()

    def __init__(self, *values: Any, names: tuple[str, ...]) -> None:
        super().__init__(*values)
        self.names = names

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts, params = _Parts(), []
        for number, (name, value) in enumerate(
            zip(self.names, self.source_expressions, strict=True)
        ):
            parts.add_text(f"{', ' if number else '{'}{_json(name)} : ")
            if isinstance(value, _Constant):
                parts.add_text(_json(value.text))
                continue
            sql, value_params = compiler.compile(value)
            parts.add_value(sql, value.output_field, _is_nullable(value, compiler.query))
            params.extend(value_params)
        parts.add_text("}" if self.names else "{}")
        return f"concat({', '.join(parts.written())})", params


class _Parts:
    """What `concat` joins; it leaves out nulls."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._text = ""

    def add_text(self, text: str) -> None:
        self._text += text

    def add_value(self, sql: str, field: Field[Any, Any], is_nullable: bool) -> None:
        if isinstance(field, UUIDField | PlainTextField):
            if is_nullable:
                self._add(f"""coalesce('"' || {sql} || '"', 'null')""")
            else:
                self.add_text('"')
                self._add(sql)
                self.add_text('"')
            return
        if isinstance(field, BooleanField):
            sql = f"({sql})::text"
        elif not isinstance(field, JsonTextField | IntegerField):
            sql = f"to_json({sql})::text"
        elif is_nullable and isinstance(field, IntegerField):
            sql = f"({sql})::text"
        self._add(f"coalesce({sql}, 'null')" if is_nullable else sql)

    def written(self) -> list[str]:
        return [*self._parts, _literal(self._text)]

    def _add(self, sql: str) -> None:
        if self._text:
            self._parts.append(_literal(self._text))
        self._parts.append(sql)
        self._text = ""


def _is_nullable(expression: Any, query: Query) -> bool:
    if isinstance(expression, Col) and (table := query.alias_map.get(expression.alias)):
        return bool(expression.target.null or table.join_type == LOUTER)
    return not isinstance(expression, JsonObject | JsonArray)


class JsonBytes(Func):
    """JSON in UTF-8: fetched in binary, the driver need not decode what is to be sent on."""

    template = "convert_to(%(expressions)s, 'UTF8')"
    output_field = BinaryField()


class JsonArray(Func):
    """An array subquery of JSON as one JSON array."""

    template = "'[' || array_to_string(%(expressions)s, ',') || ']'"
    output_field = JsonTextField()


class _Iso(Func):
    """A time as DRF writes it: without a fraction where there is none."""

    template = (
        "replace(to_char(%(expressions)s AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '.000000Z', 'Z')"
    )
    output_field = PlainTextField()


class _Double(Func):
    template = "%(expressions)s::float8"
    output_field = FloatField()


class _Amount(Func):
    output_field = PlainTextField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        sql, params = compiler.compile(self.source_expressions[0])
        digits = money.exponent()
        if digits == 0:
            return f"{sql}::text", params
        return f"round({sql} / {10**digits}::numeric, {digits})::text", params


class _MediaUrl(Func):
    """The URL of a stored file, percent-encoded as Django's storage does it."""

    output_field = PlainTextField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        sql, params = compiler.compile(self.source_expressions[0])
        prefix = _literal(_json(media_prefix() or "")[1:-1])
        # Quoted as `django.utils.encoding.filepath_to_uri` does it.
        encoded = _PERCENT_ENCODED.replace("{}", sql)
        text = (
            f"CASE WHEN {sql} = '' THEN NULL WHEN {sql} ~ '^[A-Za-z0-9/_.-]+$' "
            f"THEN {prefix} || {sql} ELSE {prefix} || {encoded} END"
        )
        return text, [*params, *params, *params, *params]


class _Constant(Func):
    """A text of ours; its place is in a `JsonObject`, which writes it with its own."""

    output_field = TextField()

    def __init__(self, *, text: str) -> None:
        super().__init__()
        self.text = text


def media_prefix() -> str | None:
    """Return what stands before every stored file's name in its URL.

    None where the storage signs each URL: then only Python can write it.
    """
    return _prefix_of(storages["default"], settings.MEDIA_URL, settings.SITE_URL)


@lru_cache(maxsize=8)
def _prefix_of(storage: Storage, media_url: str, site_url: str) -> str | None:
    """`media_url` is what a local storage builds on, where the settings change."""
    url = str(storage.url(_PROBE))
    if not url.endswith(_PROBE):
        return None
    prefix = url.removesuffix(_PROBE)
    return f"{site_url}{prefix}" if prefix.startswith("/") else prefix


def object_of(
    serializer: serializers.Serializer[Any],
    *,
    prefix: str = "",
    parts: Mapping[str, QuerySet[Any]] | None = None,
) -> JsonObject:
    """Return the expression of what the serializer renders; `parts` are the rows of its lists.

    A part's queryset must be correlated with `OuterRef`, and ordered.
    """
    names, values = [], []
    for name, field in serializer.fields.items():
        names.append(name)
        if parts and name in parts:
            values.append(array_of(field, parts[name]))
        else:
            values.append(json_expression(field, _path(prefix, field)))
    return JsonObject(*values, names=tuple(names))


def array_of(field: Any, rows: QuerySet[Any]) -> JsonArray:
    """Return the expression of a list serializer over the rows."""
    return JsonArray(ArraySubquery(rows.values_list(object_of(field.child))))


def _path(prefix: str, field: serializers.Field[Any, Any, Any, Any]) -> str:
    return f"{prefix}{(field.source or field.field_name or '').replace('.', '__')}"


@singledispatch
def json_expression(field: Any, path: str) -> Any:
    """Return the expression of one field; `path` is the lookup of its source."""
    if isinstance(field, serializers.SerializerMethodField):
        raise NotImplementedError(f"{field.field_name}: make it a field class and register it")
    return F(path)


@json_expression.register
def _(field: serializers.DateTimeField, path: str) -> Any:
    return _Iso(F(path))


@json_expression.register
def _(field: serializers.FloatField, path: str) -> Any:
    return _Double(F(path))


@json_expression.register
def _(field: MoneyField, path: str) -> Any:
    return _Amount(F(path))


@json_expression.register
def _(field: MediaUrlField, path: str) -> Any:
    return _MediaUrl(F(path))


@json_expression.register
def _(field: CurrencyField, path: str) -> Any:
    return _Constant(text=money.currency())


def _literal(text: str) -> str:
    """Quote text of our own for a statement with placeholders."""
    quoted = text.replace("'", "''").replace("%", "%%")
    return f"'{quoted}'::text"


def _json(text: str) -> str:
    return orjson.dumps(text).decode()
