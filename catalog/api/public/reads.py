"""Lists and details as bytes, made by one prepared statement out of the serializers' declaration.

Where each file's URL has to be signed in Python, the views use the serializers themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from catalog.api.public.filters import ProductListInput, parse_filters
from catalog.api.public.serializers import (
    AvailableField,
    BrandLinkField,
    BreadcrumbsField,
    HolidayField,
    NamedLinkField,
    ProductCardSerializer,
    ProductDetailSerializer,
    RenditionsField,
)
from catalog.constants import RENDITIONS
from catalog.models import Category, Product, ProductImage, ProductVariant
from catalog.search.filters import REFERENCES, Conditions, conditions, with_ids
from catalog.search.listing import SEPARATOR, page_statement
from catalog.search.searching import cards_of
from marketplace.common.api.caching import keep_until
from marketplace.common.api.fields import MediaUrlField
from marketplace.common.api.pagination import KeysetPagination, Window, kept_query, parsed_values
from marketplace.common.api.renderers import JSONRenderer
from marketplace.common.api.sql_json import (
    JsonArray,
    JsonBytes,
    JsonObject,
    JsonTextField,
    PlainTextField,
    array_of,
    json_expression,
    media_prefix,
    object_of,
)
from marketplace.common.prepared import fetch_planned, fetch_prepared

# Statements by what they depend on. Beyond this many all are forgotten, and made again.
MAX_STATEMENTS: Final = 2_000
# The same of what query strings ask for; each is some kilobytes.
MAX_PLANS: Final = 250
MAX_REMEMBERED_QUERY: Final = 200
_PARSERS: Final[dict[str, Callable[[Any], Any]]] = {
    "created_at": datetime.fromisoformat,
    "min_price_amount": int,
    "average_rating": Decimal,
    "sold_count": int,
    "id": UUID,
}
_LINK: Final = ("id", "name", "slug")
# Stands in a remembered statement for what each request gives.
_GIVEN: Final = object()


@dataclass(frozen=True)
class _Statement:
    sql: str
    params: tuple[Any, ...]


_statements: dict[tuple[Any, ...], _Statement] = {}


def is_signed_storage() -> bool:
    return media_prefix() is None


def json_response(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json; charset=utf-8")


def product_page(request: Request, view: Any) -> bytes:
    """Return a page of the product list."""
    page = _fetch_page(request, _list_plan(request))
    return b'{"results":%b,"next":%b,"previous":%b}' % (
        _joined(view, page.cards),
        orjson.dumps(page.paginator.next_url),
        orjson.dumps(page.paginator.previous_url),
    )


@dataclass(frozen=True)
class Page:
    cards: list[bytes]
    paginator: KeysetPagination


def read_page(request: Request, passing: Conditions, order: str) -> Page:
    """Return a page of what passes, as `card_sql` has it, by the column `order` (`-`: falling)."""
    return _fetch_page(request, _page_plan(request, passing, order))


@dataclass(frozen=True)
class _Plan:
    statement: _Statement
    window: Window
    # Without filters one plan of PostgreSQL's is right for every page.
    is_plain: bool


_plans: dict[tuple[Any, ...], _Plan] = {}


def _list_plan(request: Request) -> _Plan:
    """Return how to read the list that is asked for.

    Remembered by all that it depends on. Not so where slugs lead to ids, which may be others the
    next time, nor for the places of single pages, of which there are too many.
    """
    query = request.META.get("QUERY_STRING", "")
    key = (query, media_prefix(), settings.MARKETPLACE_CURRENCY)
    plan = _plans.get(key)
    if plan is None:
        filters, order = parse_filters(request, ProductListInput)
        plan = _page_plan(request, conditions(with_ids(filters)), order)
        is_lasting = not plan.window.is_inside and not filters.keys() & REFERENCES
        if is_lasting and len(query) <= MAX_REMEMBERED_QUERY:
            if len(_plans) >= MAX_PLANS:
                _plans.clear()
            _plans[key] = plan
    return plan


def _page_plan(request: Request, passing: Conditions, order: str) -> _Plan:
    descending, column = order.startswith("-"), order.removeprefix("-")
    columns, paginator = [column, "id"], KeysetPagination()
    limit, cursor = paginator.limit(request), paginator.cursor(request, columns, descending)
    backwards = bool(cursor and cursor["b"])
    sql, params = page_statement(
        passing,
        card=card_sql(request),
        columns=columns,
        descending=descending != backwards,
        limit=limit,
        after=parsed_values([_PARSERS[name] for name in columns], cursor["v"]) if cursor else None,
    )
    is_inside, kept = cursor is not None, kept_query(request)
    window = Window(None, columns, descending, limit, backwards, is_inside, kept)
    is_plain = not passing.sql and not passing.categories
    return _Plan(_Statement(sql, tuple(params)), window, is_plain)


def _fetch_page(request: Request, plan: _Plan) -> Page:
    fetch = fetch_prepared if plan.is_plain else fetch_planned
    ((joined, *places),) = fetch(plan.statement.sql, plan.statement.params, binary=True)
    window, paginator = plan.window, KeysetPagination()
    cards: list[bytes] = joined.split(SEPARATOR.encode()) if joined else []
    has_more = len(cards) > window.limit
    del cards[window.limit :]
    if window.backwards:
        cards.reverse()
    width = len(window.columns)
    ends = (places[:width], places[width:]) if cards else None
    paginator.link(window, ends, request, has_more=has_more)
    return Page(cards, paginator)


def cards_body(view: Any, cards: Sequence[str]) -> bytes:
    """Return what `card_sql` answered as a JSON array."""
    return _joined(view, [card.encode() for card in cards])


def _joined(view: Any, cards: Sequence[bytes]) -> bytes:
    if not is_signed_storage():
        return b"[%b]" % b",".join(cards)
    products = cards_of([UUID(pk.decode()) for pk in cards])
    serializer = ProductCardSerializer(
        products, many=True, context={"request": view.request, "view": view}
    )
    return JSONRenderer().render(serializer.data)


def product_body(request: Request, ref: str) -> bytes:
    """Return the detail of one public product. Raises: Http404."""
    body, changes_at = _fetch_one(
        request, ref, ("detail",), lambda kind: _detail_statement(request, kind)
    )
    keep_until(request, changes_at)
    return bytes(body)


def part_body(
    request: Request, ref: str, serializer: type[Serializer[Any]], rows: QuerySet[Any]
) -> bytes:
    """Return the rows that belong to one public product; they refer to it by `OuterRef`.

    Raises: Http404.
    """

    def make(kind: type) -> _Statement:
        listed = serializer(many=True, context={"request": request})
        return _one_product(kind, array_of(listed, rows))

    (body,) = _fetch_one(request, ref, (serializer,), make)
    return bytes(body)


def _fetch_one(
    request: Request, ref: str, what: tuple[Any, ...], make: Callable[[type], _Statement]
) -> tuple[Any, ...]:
    try:
        given: UUID | str = UUID(ref)
    except ValueError:
        given = ref
    fields = request.query_params.get("fields")
    key = (*what, type(given), fields, media_prefix(), settings.MARKETPLACE_CURRENCY)
    statement = _remembered(key, lambda: make(type(given)))
    params = [given if value is _GIVEN else value for value in statement.params]
    rows = fetch_prepared(statement.sql, params, binary=True)
    if not rows:
        raise Http404
    return rows[0]


def _remembered(key: tuple[Any, ...], make: Callable[[], _Statement]) -> _Statement:
    statement = _statements.get(key)
    if statement is None:
        if len(_statements) >= MAX_STATEMENTS:
            _statements.clear()
        statement = _statements[key] = make()
    return statement


def card_sql(request: Request) -> str:
    """Return the JSON of a list item as SQL; its id alone where Python has to write it."""
    if is_signed_storage():
        return "catalog_product.id"
    fields = request.query_params.get("fields")
    key = ("card", fields, media_prefix(), settings.MARKETPLACE_CURRENCY)

    # To compile its 40 expressions anew takes milliseconds.
    def make() -> _Statement:
        serializer = ProductCardSerializer(context={"request": request})
        query = Product.objects.public().query.clone()
        expression = object_of(serializer).resolve_expression(query)
        sql, params = query.get_compiler(connection=connection).compile(expression)
        if params:
            raise TypeError("A card has no values of its own.")
        return _Statement(sql, ())

    return _remembered(key, make).sql


def _detail_statement(request: Request, kind: type) -> _Statement:
    serializer = ProductDetailSerializer(context={"request": request})
    parts = {
        "variants": ProductVariant.objects.offered().filter(product=OuterRef("pk")),
        "images": ProductImage.objects.filter(product=OuterRef("pk")).order_by("position", "id"),
    }
    holiday = F("shop__holiday_starts_at"), F("shop__holiday_ends_at")
    return _one_product(kind, object_of(serializer, parts=parts), _HolidayChanges(*holiday))


def _one_product(kind: type, body: Func, *columns: Func) -> _Statement:
    marker: UUID | str = UUID(int=0) if kind is UUID else "-"
    found = Product.objects.public().filter(**{"pk" if kind is UUID else "slug": marker})
    sql, params = found.values_list(JsonBytes(body), *columns).query.sql_with_params()
    return _Statement(sql, tuple(_GIVEN if value == marker else value for value in params))


class _OnTheWay(Func):
    """Whether the first, a category's id, stands in the second, a path."""

    output_field = BooleanField()
    conditional = True
    arg_joiner = " = ANY(string_to_array(trim(BOTH '/' FROM "
    template = "%(expressions)s), '/')::uuid[])"


class _Now(Func):
    """Whether it is between the two; an end that is null, or over, is never before it."""

    arity = 2
    arg_joiner = " <= STATEMENT_TIMESTAMP() AND STATEMENT_TIMESTAMP() < "
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _HolidayChanges(Func):
    """When a holiday from the first to the second begins or ends next; null when it is over."""

    arity = 2
    output_field = DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (starts, p1), (ends, p2) = map(compiler.compile, self.source_expressions)
        sql = (
            f"CASE WHEN {starts} > STATEMENT_TIMESTAMP() THEN {starts} "
            f"WHEN {ends} > STATEMENT_TIMESTAMP() THEN {ends} END"
        )
        return sql, [*p1, *p1, *p2, *p2]


class _UntilOver(Func):
    """An object until the moment that is the second, then null."""

    arity = 2
    output_field = JsonTextField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (body, p1), (ends, p2) = map(compiler.compile, self.source_expressions)
        return f"CASE WHEN {ends} > STATEMENT_TIMESTAMP() THEN {body} END", [*p2, *p1]


class _RenditionUrl(Func):
    """The second, an image's URL, as `rendition_name` makes it of the name where the first is."""

    arity = 2
    output_field = PlainTextField()

    def __init__(self, *expressions: Any, label: str) -> None:
        super().__init__(*expressions)
        self.label = label

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (has_renditions, p1), (url, p2) = map(compiler.compile, self.source_expressions)
        small = f"regexp_replace({url}, '[.][^./]*$', '.{self.label}.webp')"
        return f"CASE WHEN {has_renditions} THEN {small} ELSE {url} END", [*p1, *p2, *p2]


@json_expression.register
def _(field: NamedLinkField, path: str) -> JsonObject:
    return JsonObject(*(F(f"{path}__{name}") for name in _LINK), names=_LINK)


class _Shown(Func):
    """An object where the row is active and not archived, else null."""

    arity = 3
    output_field = JsonTextField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (body, p1), (active, p2), (archived, p3) = map(compiler.compile, self.source_expressions)
        sql = f"CASE WHEN {active} AND {archived} IS NULL THEN {body} END"
        return sql, [*p2, *p3, *p1]


@json_expression.register
def _(field: BrandLinkField, path: str) -> Any:
    link = JsonObject(*(F(f"{path}__{name}") for name in _LINK), names=_LINK)
    shown = F(f"{path}__is_active"), F(f"{path}__archived_at")
    return _Shown(link, *shown)


@json_expression.register
def _(field: HolidayField, path: str) -> Any:
    starts, ends = f"{path}__holiday_starts_at", f"{path}__holiday_ends_at"
    holiday = JsonObject(
        json_expression(serializers.DateTimeField(), starts),
        json_expression(serializers.DateTimeField(), ends),
        F(f"{path}__holiday_message"),
        _Now(F(starts), F(ends)),
        names=("starts_at", "ends_at", "message", "is_now"),
    )
    return _UntilOver(holiday, F(ends))


@json_expression.register
def _(field: AvailableField, path: str) -> Any:
    return Coalesce(F("stock__on_hand") - F("stock__reserved"), 0)


@json_expression.register
def _(field: RenditionsField, path: str) -> JsonObject:
    url = json_expression(MediaUrlField(), "file")
    urls = (_RenditionUrl(F("has_renditions"), url, label=label) for label in RENDITIONS)
    return JsonObject(*urls, names=tuple(RENDITIONS))


@json_expression.register
def _(field: BreadcrumbsField, path: str) -> JsonArray:
    way = (
        Category.objects.public()
        .filter(_OnTheWay(F("id"), OuterRef(f"{path}__path")))
        .order_by("depth")
    )
    return JsonArray(ArraySubquery(way.values_list(JsonObject(*map(F, _LINK), names=_LINK))))
