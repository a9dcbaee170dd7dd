"""What an autocomplete box offers for what has been typed so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.search.filters import HAS_TEXT, PUBLIC, Conditions
from catalog.search.listing import CARD_TABLES
from catalog.search.ranking import STATEMENT_TIMEOUT_MS
from catalog.search.words import Word, folded_tsquery, normal_text, words_in
from marketplace.common.prepared import fetch_planned
from marketplace.common.texts import fold

PRODUCTS: Final = 5
CATEGORIES: Final = 3
QUERIES: Final = 5
# What is looked through before the index is asked, and how many matches of it are then compared.
MOST_SOLD: Final = 400
MATCHES: Final = 1_000

_CATEGORIES: Final = (
    "(SELECT array_agg(found.link) FROM (SELECT json_build_object("  # noqa: S608 - ours
    "'id', id, 'name', name, 'slug', slug)::text AS link FROM catalog_category "
    "WHERE is_active AND archived_at IS NULL{words} "
    f"ORDER BY depth, position, id LIMIT {CATEGORIES}) found)"
)
_QUERIES: Final = (
    "(SELECT array_agg(found.text) FROM (SELECT text FROM catalog_popularquery "  # noqa: S608 - ours
    "WHERE folded ~>=~ %s AND folded ~<~ %s "
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
    rows, params = _products(words, parts)
    has_part = " AND strpos(catalog_fold(name), catalog_fold(%s)) > 0"
    categories = _CATEGORIES.format(words=has_part * len(parts))
    start = fold(typed)
    sql = (
        f"SELECT (SELECT array_agg(({card})::text ORDER BY catalog_product.sold_count DESC, "  # noqa: S608 - ours
        f"catalog_product.id DESC) FROM ({rows}) catalog_product {CARD_TABLES}), "
        f"{categories}, {_QUERIES}"
    )
    values = [*params, *parts, start, f"{start}\U0010ffff"]
    found = fetch_planned(sql, values, timeout_ms=STATEMENT_TIMEOUT_MS)[0]
    return Suggestions(*(column or [] for column in found))


def _products(words: Sequence[Word], parts: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the statement of the most sold products that match; it reads few rows always.

    What fits many products is found among the most sold, one document each; what fits few, by the
    index. What the planner believes of several words together is not to be relied on.
    """
    order = "ORDER BY product.sold_count DESC, product.id DESC"
    if not words:
        passing = Conditions()
        for part in parts:
            passing = passing.and_also(HAS_TEXT, part)
        sql, params = passing.everywhere()
        return f"SELECT product.* {PUBLIC}{sql} {order} LIMIT {PRODUCTS}", params
    query = folded_tsquery([words])
    # The subquery's OFFSET keeps the planner from turning the join around.
    sql = f"""
        WITH best AS MATERIALIZED (
            SELECT product.* FROM (SELECT product.* {PUBLIC} {order} LIMIT {MOST_SOLD}) product,
            LATERAL (
                SELECT document.folded_vector FROM catalog_searchdocument document
                WHERE document.product_id = product.id OFFSET 0
            ) document
            WHERE document.folded_vector @@ to_tsquery('simple', %s)
            {order} LIMIT {PRODUCTS}
        ), found AS MATERIALIZED (
            SELECT document.product_id FROM catalog_searchdocument document
            WHERE document.folded_vector @@ to_tsquery('simple', %s)
                AND (SELECT count(*) FROM best) < {PRODUCTS}
            LIMIT {MATCHES}
        )
        SELECT * FROM best WHERE (SELECT count(*) FROM best) = {PRODUCTS}
        UNION ALL
        (SELECT product.* {PUBLIC} AND product.id IN (SELECT product_id FROM found)
         {order} LIMIT {PRODUCTS})
    """  # noqa: S608 - ours
    return sql, [query, query]
