"""What an autocomplete box offers for what has been typed so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.search.filters import PUBLIC, Conditions
from catalog.search.listing import CARD_TABLES
from catalog.search.ranking import STATEMENT_TIMEOUT_MS, lines_of
from catalog.search.tiers import tier_tables
from catalog.search.words import Word, folded_tsquery, normal_text, words_in
from marketplace.common.prepared import fetch_generic, fetch_planned
from marketplace.common.texts import fold

PRODUCTS: Final = 5
CATEGORIES: Final = 3
QUERIES: Final = 5
# How many matches of a tier are compared.
MATCHES: Final = 1_000

_CATEGORIES: Final = (
    "(SELECT string_agg(found.link, chr(10)) FROM (SELECT json_build_object("  # noqa: S608 - ours
    "'id', id, 'name', name, 'slug', slug)::text AS link FROM catalog_category "
    "WHERE is_active AND archived_at IS NULL{words} "
    f"ORDER BY depth, position, id LIMIT {CATEGORIES}) found)"
)
_QUERIES: Final = (
    "(SELECT array_agg(found.text) FROM (SELECT text FROM catalog_popularquery "  # noqa: S608 - ours
    "WHERE folded ~>=~ %s::text AND folded ~<~ %s::text "
    f"ORDER BY searches DESC, text LIMIT {QUERIES}) found)"
)


@dataclass(frozen=True)
class Suggestions:
    """Products as the caller wanted them, categories as JSON, queries as they were typed."""

    products: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)


def suggestions(text: str, *, card: str) -> Suggestions:
    """Return the most popular products, categories and queries that go on like the text.

    One statement; `card` is SQL, as a list has it.
    """
    words, typed = words_in(text), normal_text(text)
    if not typed:
        return Suggestions()
    parts = [word.folded for word in words] or typed.split()
    tables, params = _products(words, parts)
    has_part = " AND strpos(folded_name, %s::text) > 0"
    categories = _CATEGORIES.format(words=has_part * len(parts))
    start = fold(typed)
    sql = (
        f"WITH {tables} SELECT (SELECT string_agg(({card})::text, chr(10) ORDER BY "  # noqa: S608 - ours
        "catalog_product.sold_count DESC, catalog_product.id DESC) FROM best "
        f"JOIN catalog_product ON catalog_product.id = best.id {CARD_TABLES}), "
        f"{categories}, {_QUERIES}"
    )
    values = [*params, *map(fold, parts), start, f"{start}\U0010ffff"]
    # What is typed without a word is looked for in titles: which plan is right depends on it.
    fetch = fetch_generic if words else fetch_planned
    products, links, queries = fetch(sql, values, timeout_ms=STATEMENT_TIMEOUT_MS)[0]
    return Suggestions(lines_of(products), lines_of(links), queries or [])


def _products(words: Sequence[Word], parts: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the tables of the most sold products that match, called `best`."""
    order = "ORDER BY product.sold_count DESC, product.id DESC"
    if not words:
        sql, params = Conditions().and_texts(parts).everywhere()
        return f"best AS (SELECT product.id {PUBLIC}{sql} {order} LIMIT {PRODUCTS})", params
    columns = "product.id, product.sold_count"
    typed = "typed AS MATERIALIZED (SELECT to_tsquery('simple', %s::text) AS query)"
    tables, names = tier_tables("found", columns=columns, enough=PRODUCTS, matches=MATCHES)
    every = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)  # noqa: S608 - ours
    best = f"best AS (SELECT id FROM ({every}) product {order} LIMIT {PRODUCTS})"  # noqa: S608 - ours
    return ", ".join([typed, *tables, best]), [folded_tsquery([words])]
