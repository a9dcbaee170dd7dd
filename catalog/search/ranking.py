"""Which of the products that match come first: text, then popularity, rating and stock.

The weights are documented in docs/search.md. Only the `CANDIDATES` most popular matches are ranked
and counted, so that a common word costs no more on a large catalogue.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from catalog.querysets import ProductQuerySet
from catalog.search.facets import FACET_SQL, read_facet
from catalog.search.words import Word

CANDIDATES: Final = 1_000
# Popularity, rating and stock together stay below one exact word: relevance comes first.
EXACT_WEIGHT: Final = 0.6
START_WEIGHT: Final = 0.15
POPULARITY_WEIGHT: Final = 0.2
RATING_WEIGHT: Final = 0.1
STOCK_WEIGHT: Final = 0.05
# Sold units that are full popularity; the votes for 3.5 stars that every product starts with.
MOST_SOLD: Final = 100_000
PRIOR_VOTES: Final = 5

_COLUMNS: Final = (
    *("id", "category_id", "brand_id", "min_price_amount", "average_rating", "review_count"),
    *("sold_count", "in_stock", "folded_title", "attributes"),
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
    """A page of the ranking, in the order in which it was asked for, and facets by name."""

    rows: list[tuple[int, UUID]] = field(default_factory=list)
    facets: dict[str, list[Any]] = field(default_factory=dict)


def rank(
    matches: ProductQuerySet,
    tsquery: str,
    words: Sequence[Word],
    *,
    limit: int,
    place: Place | None = None,
    facets: Iterable[str] = FACET_SQL,
) -> Ranked:
    """Return the best of the matches with facets over the candidates, in one statement."""
    backwards = place is not None and place.backwards
    start, params = "", []
    if place is not None:
        start = f"WHERE (score, id) {'>' if backwards else '<'} (%s, %s)"
        params = [place.score, place.id]
    direction = "ASC" if backwards else "DESC"
    page = (
        "(SELECT json_agg(json_build_array(score, id)) FROM "  # noqa: S608 - nothing of the caller's
        f"(SELECT score, id FROM ranked {start} "
        f"ORDER BY score {direction}, id {direction} LIMIT %s) page)"
    )
    exact = [f"'{word.exact}':AB" for word in words]
    typed = [tsquery, exact, " ".join(word.folded for word in words)]
    found = _run(matches, facets, ranked=[*typed], page=page, page_params=[*params, limit])
    rows = [(score, UUID(pk)) for score, pk in found.pop("page") or []]
    return Ranked(rows, {name: read_facet(name, value) for name, value in found.items()})


def count_facets(matches: ProductQuerySet, facets: Iterable[str]) -> dict[str, list[Any]]:
    """Return facets by name over the most popular of the matches, in one statement."""
    found = _run(matches, facets)
    return {name: read_facet(name, value) for name, value in found.items()}


def _run(
    matches: ProductQuerySet,
    facets: Iterable[str],
    *,
    ranked: Sequence[Any] = (),
    page: str = "",
    page_params: Sequence[Any] = (),
) -> dict[str, Any]:
    candidates = matches.order_by("-sold_count", "-id").values(*_COLUMNS)[:CANDIDATES]
    sql, params = candidates.query.sql_with_params()
    parts, names, all_params = [f"WITH candidate AS MATERIALIZED ({sql})"], [], [*params]
    if ranked:
        parts.append(
            ", typed AS (SELECT to_tsquery('simple', %s) AS query, %s::tsquery[] AS exact, "  # noqa: S608 - ours
            f"%s AS start), ranked AS MATERIALIZED (SELECT candidate.id, {_SCORE} AS score "
            "FROM candidate JOIN catalog_searchdocument document "
            "ON document.product_id = candidate.id, typed)"
        )
        all_params += ranked
    columns = []
    if page:
        names.append("page")
        columns.append(page)
        all_params += page_params
    for name in facets:
        names.append(name)
        columns.append(FACET_SQL[name])
    parts.append("SELECT " + ", ".join(columns))
    with connection.cursor() as cursor:
        cursor.execute(" ".join(parts), all_params)
        row = cursor.fetchone()
    return {
        name: json.loads(value) if isinstance(value, str) else value
        for name, value in zip(names, row, strict=True)
    }
