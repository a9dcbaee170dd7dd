"""What an autocomplete box offers for what has been typed so far."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from catalog.search.filters import PUBLIC, Conditions
from catalog.search.listing import CARD_TABLES
from catalog.search.ranking import STATEMENT_TIMEOUT_MS, lines_of
from catalog.search.tiers import tier_tables, typed_tables
from catalog.search.words import folded_tsquery, lead_of, normal_text, words_in
from marketplace.common.prepared import fetch_planned, fetch_prepared
from marketplace.common.texts import fold

PRODUCTS: Final = 5
CATEGORIES: Final = 3
QUERIES: Final = 5
# How many matches of a tier are compared.
MATCHES: Final = 1_000
_ORDER: Final = "ORDER BY product.sold_count DESC, product.id DESC"

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
    tsquery = folded_tsquery([words])
    matching = [tsquery, lead_of(tsquery)] if words else parts
    start = fold(typed)
    values = [*matching, *map(fold, parts), start, f"{start}\U0010ffff"]
    sql = _statement(card, len(parts), has_words=bool(words))
    if words:
        # Tiers bound what it takes: a limit of its own would take a tenth of it.
        rows = fetch_prepared(sql, values)
    else:
        # Looked for in titles: which plan is right depends on it.
        rows = fetch_planned(sql, values, timeout_ms=STATEMENT_TIMEOUT_MS)
    products, links, queries = rows[0]
    return Suggestions(lines_of(products), lines_of(links), queries or [])


@lru_cache(maxsize=100)
def _statement(card: str, parts: int, *, has_words: bool) -> str:
    tables = _products() if has_words else _products_by_title(parts)
    categories = _CATEGORIES.format(words=" AND strpos(folded_name, %s::text) > 0" * parts)
    return (
        f"WITH {tables} SELECT (SELECT string_agg(({card})::text, chr(10) ORDER BY "  # noqa: S608 - ours
        "catalog_product.sold_count DESC, catalog_product.id DESC) FROM best "
        f"JOIN catalog_product ON catalog_product.id = best.id {CARD_TABLES}), "
        f"{categories}, {_QUERIES}"
    )


def _products() -> str:
    """Return the tables of the most sold products that match, called `best`."""
    columns = "product.id, product.sold_count"
    tables, names = tier_tables("found", columns=columns, enough=PRODUCTS, matches=MATCHES)
    every = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)  # noqa: S608 - ours
    best = f"best AS (SELECT id FROM ({every}) product {_ORDER} LIMIT {PRODUCTS})"  # noqa: S608 - ours
    return ", ".join([*typed_tables(), *tables, best])


def _products_by_title(parts: int) -> str:
    """Return the same of products whose titles have so many texts in them."""
    sql, _ = Conditions().and_texts([""] * parts).everywhere()
    return f"best AS (SELECT product.id {PUBLIC}{sql} {_ORDER} LIMIT {PRODUCTS})"
