"""Which of the products that match come first: text, then popularity, rating and stock.

The weights are documented in docs/search.md. Only the `CANDIDATES` most popular matches are ranked
and counted, so that a common word costs no more on a large catalogue. Documents lie in tiers by
sales (`catalog.search.tiers`): the less sold are looked at where the more sold have too few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import orjson

from catalog.search.facets import FACET_SQL, read_facet
from catalog.search.filters import PUBLIC, Conditions
from catalog.search.listing import CARD_TABLES
from catalog.search.tiers import REST, tier_tables, typed_tables
from catalog.search.words import Word, array_of, lead_of
from marketplace.common.prepared import fetch_generic, fetch_planned

CANDIDATES: Final = 1_000
# Once tiers have given so many that pass, the next one is not asked.
ENOUGH: Final = 200
# A tier gives no more matches than these to choose from.
MATCHES: Final = 1_000
# Where filters leave so few products, all of them are looked at, not the matches tier by tier.
NARROW: Final = 3_000
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
_ORDER: Final = "ORDER BY product.sold_count DESC, product.id DESC"
# float8, as arithmetic with numeric takes several times as long.
_SCORE: Final = f"""
    round(1000000 * (
        candidate.text
        + {START_WEIGHT}::float8 * starts_with(candidate.folded_title, typed.start)::int
        + {POPULARITY_WEIGHT}::float8
            * least(ln(1 + candidate.sold_count::float8) / ln({MOST_SOLD}::float8), 1)
        + {RATING_WEIGHT}::float8 * (
            (candidate.average_rating::float8 * candidate.review_count
                + 3.5::float8 * {PRIOR_VOTES})
            / (candidate.review_count + {PRIOR_VOTES}) / 5
        )
        + {STOCK_WEIGHT}::float8 * candidate.in_stock::int
    ))::bigint
"""
_HAS_SYNONYM: Final = """EXISTS (
    SELECT FROM catalog_synonym
    WHERE is_active AND (term = ANY (%s) OR is_mutual AND synonym = ANY (%s))
)"""


@dataclass(frozen=True)
class Place:
    """Where a page begins: after (or, `backwards`, before) the row of this score and id."""

    score: int
    id: str
    backwards: bool = False


@dataclass(frozen=True)
class Ranked:
    """A page of the ranking, in the order in which it was asked for, and facets by name.

    `cards` has what the caller wanted of each row, as text. With `has_synonym` nothing was read.
    """

    rows: list[tuple[int, str]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    facets: dict[str, list[Any]] = field(default_factory=dict)
    has_synonym: bool = False


@dataclass(frozen=True)
class FacetQuery:
    """Facets as (name, kind), and what the products that they count must pass."""

    passing: Conditions
    facets: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> "FacetQuery":
        """Return the same without the values, as `Conditions.shape` has it."""
        return replace(self, passing=self.passing.shape)


def rank(
    passing: Conditions,
    words: Sequence[Word],
    *,
    card: str,
    limit: int,
    place: Place | None = None,
    facets: Sequence[str],
    unless_synonym: Sequence[str] = (),
) -> Ranked:
    """Return the best of what passes with facets over the candidates, in one statement.

    Where one of `unless_synonym` has a synonym, says so instead.
    """
    query = FacetQuery(passing, tuple((name, name) for name in facets))
    exact = array_of(f"'{word.exact}'" for word in words)
    before = [
        passing.tsquery,
        lead_of(passing.tsquery),
        exact,
        " ".join(word.folded for word in words),
    ]
    before += [array_of(unless_synonym)] * 2 if unless_synonym else []
    after = [place.score, place.id, limit] if place else [limit]

    def read(is_exact: bool) -> tuple[dict[str, Any], list[str]]:
        statement = _ranking(
            query.shape,
            len(words),
            card=card,
            limit=limit,
            is_inside=place is not None,
            is_backwards=place is not None and place.backwards,
            is_unless_synonym=bool(unless_synonym),
            is_exact=is_exact,
        )
        return _run(statement, [*before, *_values(passing, is_exact), *after])

    is_exact = _is_narrow(passing)
    found, page_cards = read(is_exact)
    if not is_exact and found["is_cut"]:
        found, page_cards = read(is_exact=True)
    if found["has_synonym"]:
        return Ranked(has_synonym=True)
    rows = [(score, pk) for score, pk in found["page"] or []]
    return Ranked(rows, page_cards, _read([query], found))


def count_facets(queries: Sequence[FacetQuery]) -> dict[str, list[Any]]:
    """Return facets by name, each over the most popular of what passes."""
    parts: dict[bool, list[FacetQuery]] = {}
    for query in queries:
        if query.facets:
            parts.setdefault(_is_narrow(query.passing), []).append(query)
    facets = {}
    for is_exact, part in parts.items():
        tsquery = part[0].passing.tsquery
        before = typed_tables() if tsquery else []
        statement = _statement([query.shape for query in part], before, is_exact=is_exact)
        values = [tsquery, lead_of(tsquery)] if tsquery else []
        values += [value for query in part for value in _values(query.passing, is_exact)]
        found, _ = _run(statement, values)
        facets.update(_read(part, found))
    return facets


def _is_narrow(passing: Conditions) -> bool:
    """Whether filters leave few products, as PostgreSQL estimates it; that takes no reading."""
    if not passing.sql and not passing.categories:
        return False
    sql, params = replace(passing, tsquery="").everywhere()
    plan = fetch_planned(f"EXPLAIN (FORMAT JSON) SELECT 1 {PUBLIC}{sql}", params)[0][0]
    return bool(plan[0]["Plan"]["Plan Rows"] <= NARROW)


def lines_of(text: str | None) -> list[str]:
    """Return rows that are put together by line breaks, which JSON has none of inside.

    To take an array of texts apart takes several times as long.
    """
    return text.split("\n") if text else []


def _read(queries: Sequence[FacetQuery], found: Mapping[str, Any]) -> dict[str, list[Any]]:
    kinds = {name: kind for query in queries for name, kind in query.facets}
    return {name: read_facet(kind, found[name]) for name, kind in kinds.items()}


def _text_score(words: int) -> str:
    """Return how well a document has so many words: each is written out, as a loop costs more."""
    exact = " + ".join(
        f"(document.exact_vector @@ typed.exact[{n}])::int" for n in range(1, words + 1)
    )
    return (
        "(ts_rank('{0.05, 0.2, 0.4, 1.0}', document.folded_vector, typed.query)"
        f" + {EXACT_WEIGHT}::float8 * ({exact}) / {words})"
    )


@dataclass(frozen=True)
class _Statement:
    """A statement, the names of what is in its JSON, and whether one plan is right for all."""

    sql: str
    names: tuple[str, ...]
    is_bounded: bool
    has_cards: bool


# To put one together takes as long as a third of the page; there are few but for odd addresses.
@lru_cache(maxsize=200)
def _ranking(
    query: FacetQuery,
    words: int,
    *,
    card: str,
    limit: int,
    is_inside: bool,
    is_backwards: bool,
    is_unless_synonym: bool,
    is_exact: bool,
) -> _Statement:
    """Return the statement of a page of so many `words`, of which `query` is the shape."""
    start = "WHERE (score, id) {} (%s::bigint, %s::uuid)".format(">" if is_backwards else "<")
    direction = "ASC" if is_backwards else "DESC"
    typed = typed_tables(
        ", %s::tsquery[] AS exact, %s::text AS start",
        f"NOT {_HAS_SYNONYM}" if is_unless_synonym else "true",
    )
    page = (
        f"page AS MATERIALIZED (SELECT candidate.id, {_SCORE} AS score FROM candidate, typed)"  # noqa: S608 - ours
        f", best AS MATERIALIZED (SELECT score, id FROM page {start if is_inside else ''} "
        f"ORDER BY score {direction}, id {direction} LIMIT %s)"
    )
    columns = {
        "page": "(SELECT json_agg(json_build_array(score, id) "  # noqa: S608 - ours
        f"ORDER BY score {direction}, id {direction}) FROM best)",
        "has_synonym": "NOT EXISTS (SELECT FROM typed)",
    }
    if not is_exact:
        # Fewer than a page, and there may be more: only reading all that matches can tell. A tier
        # above the last one has left something out where it was full, and yet not enough.
        full = " OR ".join(
            f"(SELECT count(*) FROM candidate_tier{n}) = {MATCHES}"  # noqa: S608 - ours
            for n in range(1, REST)
        )
        columns["is_cut"] = (
            f"(SELECT count(*) FROM candidate) < {limit} "  # noqa: S608 - ours
            f"AND ((SELECT count(*) FROM candidate_rest) = {MATCHES} "
            f"OR (SELECT n FROM candidate_seen{REST - 1}) < {ENOUGH} AND ({full}))"
        )
    cards = (
        f"(SELECT string_agg(({card})::text, chr(10) ORDER BY best.score {direction}, "  # noqa: S608 - ours
        f"best.id {direction}) FROM best JOIN catalog_product ON catalog_product.id = best.id "
        f"{CARD_TABLES})"
    )
    text = _text_score(words)
    return _statement([query], typed, [page], columns, cards, text=text, is_exact=is_exact)


def _statement(
    queries: Sequence[FacetQuery],
    before: Sequence[str],
    after: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    cards: str = "",
    *,
    text: str = "",
    is_exact: bool,
) -> _Statement:
    """Return the statement of candidates for each query, the first of them called `candidate`.

    Tables are made `before` and `after` these; `text` is what is wanted of the first ones'
    documents.
    """
    tables, answers = [*before], {**(columns or {})}
    for number, query in enumerate(queries):
        name = f"candidate{number or ''}"
        wanted = "" if number else text
        tables.append(_candidates(name, query.passing, is_exact=is_exact, text=wanted))
        for answer, kind in query.facets:
            answers[answer] = FACET_SQL[kind].replace("candidate", name)
    tables += after
    # One JSON for all: to parse them one by one takes longer.
    found = f"json_build_array({', '.join(answers.values())})::text"
    return _Statement(
        f"WITH {', '.join(tables)} SELECT {found}{cards and f', {cards}'}",
        tuple(answers),
        # Where joins are written out, one plan is right for all values.
        is_bounded=not is_exact and all(query.passing.tsquery for query in queries),
        has_cards=bool(cards),
    )


def _candidates(name: str, passing: Conditions, *, is_exact: bool, text: str) -> str:
    """Return the table of the most sold of what passes, called `name`, with `text` of documents.

    With words and without `is_exact` it is bounded, tier by tier.
    """
    if not _is_tiered(passing, is_exact):
        sql, _ = passing.everywhere()
        sold = f"SELECT {_COLUMNS} {PUBLIC}{sql} {_ORDER} LIMIT {CANDIDATES}"
        if text:
            sold = (
                f"SELECT {_COLUMNS}, {text} AS text FROM ({sold}) product "  # noqa: S608 - ours
                "JOIN catalog_searchdocument document ON document.product_id = product.id, typed"
            )
        return f"{name} AS MATERIALIZED ({sold})"
    sql, _ = replace(passing, tsquery="").everywhere()
    tables, names = tier_tables(
        name, columns=_COLUMNS, text=text, sql=sql, enough=ENOUGH, matches=MATCHES
    )
    every = " UNION ALL ".join(f"SELECT * FROM {passed}" for passed in names)  # noqa: S608 - ours
    tables.append(
        f"{name} AS MATERIALIZED (SELECT * FROM ({every}) product {_ORDER} LIMIT {CANDIDATES})"  # noqa: S608 - ours
    )
    return ", ".join(tables)


def _values(passing: Conditions, is_exact: bool) -> list[Any]:
    """Return what `_candidates` has placeholders for."""
    if not _is_tiered(passing, is_exact):
        return passing.everywhere()[1]
    return replace(passing, tsquery="").everywhere()[1] * REST


def _is_tiered(passing: Conditions, is_exact: bool) -> bool:
    return bool(passing.tsquery) and not is_exact


def _run(statement: _Statement, params: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what the statement's JSON has by name, and cards."""
    fetch = fetch_generic if statement.is_bounded else fetch_planned
    row = fetch(statement.sql, params, timeout_ms=STATEMENT_TIMEOUT_MS)[0]
    found = dict(zip(statement.names, orjson.loads(row[0]), strict=True))
    return found, lines_of(row[1]) if statement.has_cards else []
