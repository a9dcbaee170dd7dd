"""What a result can be narrowed to, each facet counted under all filters but its own."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from marketplace.common.money import format_amount

FACET_VALUES: Final = 20
# Which filters each facet is not counted under.
OWN_FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "categories": ("category",),
    "brands": ("brand",),
    "price_ranges": ("min_price", "max_price"),
    "ratings": ("min_rating",),
}
_LINKS: Final = """
    (SELECT json_agg(json_build_array(best.id, best.name, best.slug, best.n))
     FROM (SELECT row.id, row.name, row.slug, counted.n
           FROM (SELECT {table}_id AS id, count(*) AS n FROM candidate GROUP BY 1) counted
           JOIN catalog_{table} row ON row.id = counted.id
               AND row.is_active AND row.archived_at IS NULL
           ORDER BY counted.n DESC, row.name, row.id LIMIT {values}) best)
"""
# One expression over the candidates for each facet.
FACET_SQL: Final[dict[str, str]] = {
    "categories": _LINKS.format(table="category", values=FACET_VALUES),
    "brands": _LINKS.format(table="brand", values=FACET_VALUES),
    "price_ranges": "(SELECT json_agg(min_price_amount ORDER BY min_price_amount) FROM candidate)",
    "ratings": """
        (SELECT json_build_array(
            count(*) FILTER (WHERE average_rating >= 4),
            count(*) FILTER (WHERE average_rating >= 3),
            count(*) FILTER (WHERE average_rating >= 2),
            count(*) FILTER (WHERE average_rating >= 1)
         ) FROM candidate)
    """,
    "attributes": """
        (SELECT json_agg(json_build_array(counted.key, counted.value, counted.n)
                ORDER BY counted.n DESC, counted.key, counted.value)
         FROM (SELECT pair.key, one.value #>> '{}' AS value, sum(same.n) AS n
               FROM (SELECT attributes, count(*) AS n FROM candidate GROUP BY 1) same,
                    jsonb_each(same.attributes) pair,
                    jsonb_path_query(pair.value, '$[*]') one(value)
               GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 400) counted)
    """,
}


@dataclass(frozen=True)
class FacetLink:
    id: str
    name: str
    slug: str
    count: int


@dataclass(frozen=True)
class PriceRange:
    """Both ends belong to the range, so that they can be sent back as filters."""

    min_price: int
    max_price: int
    count: int


@dataclass(frozen=True)
class RatingFacet:
    min_rating: int
    count: int


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True)
class AttributeFacet:
    name: str
    values: list[FacetValue]


@dataclass(frozen=True)
class Facets:
    categories: list[FacetLink] = field(default_factory=list)
    brands: list[FacetLink] = field(default_factory=list)
    price_ranges: list[PriceRange] = field(default_factory=list)
    ratings: list[RatingFacet] = field(default_factory=list)
    attributes: list[AttributeFacet] = field(default_factory=list)


def read_facet(name: str, value: Any) -> list[Any]:
    """Return a facet from what its expression in `FACET_SQL` answered."""
    match name:
        case "categories" | "brands":
            return [FacetLink(*row) for row in value or []]
        case "price_ranges":
            return _price_ranges(value or [])
        case "ratings":
            return [RatingFacet(stars, n) for stars, n in zip((4, 3, 2, 1), value, strict=True)]
        case _:
            return _attributes(value or [])


def facets_body(facets: Facets) -> bytes:
    """Return the JSON that `FacetsSerializer` would render."""
    ranges = [
        {
            "min_price": format_amount(row.min_price),
            "max_price": format_amount(row.max_price),
            "count": row.count,
        }
        for row in facets.price_ranges
    ]
    return orjson.dumps({**vars(facets), "price_ranges": ranges})


def merged_attributes(
    every: Sequence[AttributeFacet], own: Mapping[str, Sequence[AttributeFacet]]
) -> list[AttributeFacet]:
    """Return the facets with each filtered attribute's own counts in its place."""
    kept = [facet for facet in every if facet.name not in own]
    chosen = [facet for name, facets in own.items() for facet in facets if facet.name == name]
    return [*chosen, *kept][:FACET_VALUES]


def _attributes(rows: list[Any]) -> list[AttributeFacet]:
    by_name: dict[str, list[FacetValue]] = {}
    for name, value, count in rows:
        by_name.setdefault(name, []).append(FacetValue(value, count))
    facets = [AttributeFacet(name, values[:FACET_VALUES]) for name, values in by_name.items()]
    facets.sort(key=lambda facet: (-sum(value.count for value in facet.values), facet.name))
    return facets[:FACET_VALUES]


def _price_ranges(prices: list[int]) -> list[PriceRange]:
    """Cut at the quartiles, rounded down to two digits, so that each range is worth offering."""
    if not prices:
        return []
    quartiles = [prices[len(prices) * quarter // 4] for quarter in (1, 2, 3)]
    cuts = sorted({_rounded(price) for price in quartiles} - {0})
    ends = [cut - 1 for cut in cuts if cut > prices[0]] + [prices[-1]]
    ranges, start, counted = [], prices[0], 0
    for end in ends:
        upto = bisect_right(prices, end)
        if upto > counted:
            ranges.append(PriceRange(start, end, upto - counted))
        start, counted = end + 1, upto
    return ranges


def _rounded(amount: int) -> int:
    unit = 10 ** max(len(str(amount)) - 2, 0)
    return int(amount // unit * unit)
