"""Which of the products that match come first: text, then popularity, rating and stock.

The weights are documented in docs/search.md. Only the `CANDIDATES` most popular matches are ranked
and counted, so that a common word costs no more on a large catalogue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from catalog.search.facets import FACET_SQL, read_facet
from catalog.search.filters import APPROVED, LISTED, PUBLIC, Conditions
from catalog.search.listing import CARD_TABLES
from catalog.search.words import Word
from marketplace.common.prepared import fetch_planned

CANDIDATES: Final = 1_000
# Where more documents match, these many are compared with what is among the most sold.
MATCHES: Final = 2_000
LOOKED_THROUGH: Final = 2_500
# Popularity, rating and stock together stay below one exact word: relevance comes first.
EXACT_WEIGHT: Final = 0.6
START_WEIGHT: Final = 0.15
POPULARITY_WEIGHT: Final = 0.2
RATING_WEIGHT: Final = 0.1
STOCK_WEIGHT: Final = 0.05
# Sold units that are full popularity; the votes for 3.5 stars that every product starts with.
MOST_SOLD: Final = 100_000
PRIOR_VOTES: Final = 5

# A search may take this long, then it is answered with 503.
STATEMENT_TIMEOUT_MS: Final = 2_000

_COLUMNS: Final = (
    "product.id, product.category_id, product.brand_id, product.min_price_amount, "
    "product.average_rating, product.review_count, product.sold_count, product.in_stock, "
    "product.folded_title, product.attributes"
)
_SCORE: Final = f"""
    round(1000000 * (
        ts_rank('{{0.05, 0.2, 0.4, 1.0}}', document.folded_vector, typed.query)
        + {EXACT_WEIGHT} * (
            SELECT coalesce(avg((document.exact_vector @@ word.query)::int), 0)
            FROM unnest(typed.exact) word(query)
        )
        + {START_WEIGHT} * starts_with(candidate.folded_title, typed.start)::int
        + {POPULARITY_WEIGHT} * least(ln(1 + candidate.sold_count) / ln({MOST_SOLD}), 1)
        + {RATING_WEIGHT} * (
            (candidate.average_rating * candidate.review_count + 3.5 * {PRIOR_VOTES})
            / (candidate.review_count + {PRIOR_VOTES}) / 5
        )
        + {STOCK_WEIGHT} * candidate.in_stock::int
    ))::bigint
"""  # noqa: S608 - numbers of ours


@dataclass(frozen=True)
class Place:
    """Where a page begins: after (or, `backwards`, before) the row of this score and id."""

    score: int
    id: UUID
    backwards: bool = False


@dataclass(frozen=True)
class Ranked:
    """A page of the ranking, in the order in which it was asked for, and facets by name.

    `cards` has what the caller wanted of each row, as text.
    """

    rows: list[tuple[int, UUID]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    facets: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class FacetQuery:
    """Facets of a name each, and what the products that they count must pass."""

    passing: Conditions
    facets: dict[str, str]


def rank(
    passing: Conditions,
    tsquery: str,
    words: Sequence[Word],
    *,
    card: str,
    limit: int,
    place: Place | None = None,
    facets: Mapping[str, str],
    others: Sequence[FacetQuery] = (),
) -> Ranked:
    """Return the best of what passes with facets over the candidates, in one statement.

    `facets` are those of the result, `others` those that are counted under other conditions; both
    map the name of an answer to an expression of `FACET_SQL`.
    """
    backwards = place is not None and place.backwards
    start, params = "", []
    if place is not None:
        start = f"WHERE (score, id) {'>' if backwards else '<'} (%s, %s)"
        params = [place.score, place.id]
    direction = "ASC" if backwards else "DESC"
    parts = [
        "typed AS (SELECT to_tsquery('simple', %s) AS query, %s::tsquery[] AS exact, %s AS start)",
        "ranked AS MATERIALIZED ("  # noqa: S608 - ours
        f"SELECT candidate.id, {_SCORE} AS score FROM candidate "
        "JOIN catalog_searchdocument document ON document.product_id = candidate.id, typed)",
        f"page AS MATERIALIZED (SELECT score, id FROM ranked {start} "  # noqa: S608 - ours
        f"ORDER BY score {direction}, id {direction} LIMIT %s)",
    ]
    exact = [f"'{word.exact}'" for word in words]
    start_text = " ".join(word.folded for word in words)
    columns = {
        "page": "(SELECT json_agg(json_build_array(score, id) "  # noqa: S608 - ours
        f"ORDER BY score {direction}, id {direction}) FROM page)",
        "cards": f"(SELECT array_agg(({card})::text ORDER BY page.score {direction}, "  # noqa: S608 - ours
        f"page.id {direction}) FROM page JOIN catalog_product ON catalog_product.id = page.id "
        f"{CARD_TABLES})",
    }
    queries = [FacetQuery(passing, dict(facets)), *others]
    values = [tsquery, exact, start_text, *params, limit]
    # Fewer than a page, and there may be more: only reading all that matches can tell.
    is_cut = (
        f"(SELECT count(*) FROM candidate_found) = {MATCHES} "  # noqa: S608 - ours
        f"AND (SELECT count(*) FROM candidate) < {limit}"
    )
    found = _run(queries, parts, values, {**columns, "is_cut": is_cut})
    if found.pop("is_cut"):
        found = _run(queries, parts, values, columns, is_exact=True)
    rows = [(score, UUID(pk)) for score, pk in found.pop("page") or []]
    cards = found.pop("cards") or []
    return Ranked(rows, cards, _read(queries, found))


def count_facets(queries: Sequence[FacetQuery]) -> dict[str, list[Any]]:
    """Return facets by name, each over the most popular of what passes, in one statement."""
    return _read(queries, _run(queries)) if any(query.facets for query in queries) else {}


def _read(queries: Sequence[FacetQuery], found: Mapping[str, Any]) -> dict[str, list[Any]]:
    kinds = {name: kind for query in queries for name, kind in query.facets.items()}
    return {name: read_facet(kind, found[name]) for name, kind in kinds.items()}


def _candidates(name: str, passing: Conditions, *, is_exact: bool) -> tuple[str, list[Any]]:
    """Return the table of the most sold of what passes, called `name`.

    With words and without `is_exact` it is bounded: where more documents match than `MATCHES`,
    these and what is among the `LOOKED_THROUGH` most sold. The planner knows too little of words
    that begin with a text or come together to choose between the two by itself.
    """
    order = "ORDER BY product.sold_count DESC, product.id DESC"
    if is_exact or not passing.tsquery:
        sql, params = passing.everywhere()
        return (
            f"{name} AS MATERIALIZED (SELECT {_COLUMNS} {PUBLIC}{sql} {order} LIMIT {CANDIDATES})",
            params,
        )
    tsquery = passing.tsquery
    sql, params = replace(passing, tsquery="").everywhere()
    # Each OFFSET keeps the planner from turning a join around.
    table = f"""
        {name}_found AS MATERIALIZED (
            SELECT document.product_id FROM catalog_searchdocument document
            WHERE document.folded_vector @@ to_tsquery('simple', %s) LIMIT {MATCHES}
        ), {name}_best AS MATERIALIZED (
            SELECT {_COLUMNS} FROM (SELECT product.* {PUBLIC}{sql}
                AND (SELECT count(*) FROM {name}_found) = {MATCHES} {order} LIMIT {LOOKED_THROUGH}
            ) product, LATERAL (
                SELECT document.folded_vector FROM catalog_searchdocument document
                WHERE document.product_id = product.id OFFSET 0
            ) document
            WHERE document.folded_vector @@ to_tsquery('simple', %s) {order} LIMIT {CANDIDATES}
        ), {name} AS MATERIALIZED (
            SELECT * FROM (
                SELECT * FROM {name}_best
                UNION ALL
                SELECT {_COLUMNS} FROM {name}_found found, LATERAL (
                    SELECT * FROM catalog_product WHERE id = found.product_id OFFSET 0
                ) product, shops_shop shop
                WHERE shop.id = product.shop_id AND {APPROVED} AND {LISTED}{sql}
                    AND product.id NOT IN (SELECT id FROM {name}_best)
                    AND (SELECT count(*) FROM {name}_best) < {CANDIDATES}
            ) product {order} LIMIT {CANDIDATES}
        )
    """  # noqa: S608 - ours
    return table, [tsquery, *params, tsquery, *params]


def _run(
    queries: Sequence[FacetQuery],
    parts: Sequence[str] = (),
    parts_params: Sequence[Any] = (),
    page: Mapping[str, str] | None = None,
    *,
    is_exact: bool = False,
) -> dict[str, Any]:
    """Read candidates for each query, the first of them called `candidate`, and all columns."""
    tables, params, columns = [], [], dict(page or {})
    for number, query in enumerate(queries):
        name = f"candidate{number or ''}"
        table, values = _candidates(name, query.passing, is_exact=is_exact)
        tables.append(table)
        params += values
        for answer, kind in query.facets.items():
            columns[answer] = FACET_SQL[kind].replace("candidate", name)
    sql = f"WITH {', '.join([*tables, *parts])} SELECT {', '.join(columns.values())}"
    row = fetch_planned(sql, [*params, *parts_params], timeout_ms=STATEMENT_TIMEOUT_MS)[0]
    return dict(zip(columns, row, strict=True))
