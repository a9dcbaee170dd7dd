"""A search: what was typed, then what was meant, then any of the words; the first that finds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import connection, transaction

from catalog.models import Product
from catalog.querysets import ProductQuerySet
from catalog.search.corrections import SIMILARITY, corrected, with_synonyms
from catalog.search.facets import FACET_SQL, OWN_FILTERS, Facets, merged_attributes
from catalog.search.ranking import Place, count_facets, rank
from catalog.search.words import Word, folded_tsquery, normal_text, words_in
from catalog.selectors import filtered_products

STATEMENT_TIMEOUT_MS: Final = 2_000


@dataclass(frozen=True)
class Attempt:
    """One reading of what was typed; `number` tells a cursor which one its page belongs to."""

    number: int
    tsquery: str
    words: Sequence[Word]
    did_you_mean: str | None = None
    # What titles must contain as it stands, where nothing typed is a word: `%`.
    literals: Sequence[str] = ()


@dataclass(frozen=True)
class RankedPage:
    """Scores and ids in the order of reading, with one row more than the page where there is one.

    `attempt` is None when nothing was found.
    """

    rows: list[tuple[int, UUID]] = field(default_factory=list)
    attempt: Attempt | None = None
    facets: Facets = field(default_factory=Facets)


TYPED: Final = 0
MEANT: Final = 1
ANY_WORD: Final = 2


def is_nothing_found(attempt: Attempt | None) -> bool:
    """Whether nothing has all that was typed or meant; products with some of it do not count."""
    return attempt is None or attempt.number == ANY_WORD


@contextmanager
def bounded() -> Iterator[None]:
    """Bound what the statements of a search may take together with what is similar to what."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), "
                "set_config('pg_trgm.similarity_threshold', %s, true)",
                [str(STATEMENT_TIMEOUT_MS), str(SIMILARITY)],
            )
        yield


def attempts(text: str) -> Iterator[Attempt]:
    """Yield the readings of a text, the likeliest first, each made when it is asked for."""
    words = words_in(text)
    if not words:
        yield Attempt(TYPED, "", (), literals=normal_text(text).split())
        return
    yield Attempt(TYPED, folded_tsquery(with_synonyms(words)), words)
    correction = corrected(text, words)
    if correction:
        words = correction.words
        tsquery = folded_tsquery(with_synonyms(words))
        yield Attempt(MEANT, tsquery, words, correction.text)
    if len(words) > 1:
        meant = correction.text if correction else None
        yield Attempt(ANY_WORD, folded_tsquery([words], any_word=True), words, meant)


def search_ranked(
    text: str,
    filters: Mapping[str, Any],
    *,
    limit: int,
    place: Place | None = None,
    attempt_number: int = TYPED,
) -> RankedPage:
    """Return a page by relevance, for a text with words in it.

    A later page names the attempt of the first one.
    """
    for attempt in attempts(text):
        if attempt.number < attempt_number:
            continue
        found = rank(
            matching(filters, attempt),
            attempt.tsquery,
            attempt.words,
            limit=limit + 1,
            place=place,
            facets=_shared_facets(filters),
        )
        if found.rows:
            facets = _with_own_facets(found.facets, filters, attempt)
            return RankedPage(found.rows, attempt, facets)
        if place is not None or (_narrowing(filters) and matching({}, attempt).exists()):
            return RankedPage([], attempt, _with_own_facets({}, filters, attempt))
    return RankedPage()


def search_ordered(text: str, filters: Mapping[str, Any]) -> tuple[ProductQuerySet, Attempt | None]:
    """Return all that a search finds, to be ordered by a column, and how it was found."""
    for attempt in attempts(text):
        if not attempt.words or matching({}, attempt).exists():
            return matching(filters, attempt), attempt
    return Product.objects.none(), None


def matching(filters: Mapping[str, Any], attempt: Attempt) -> ProductQuerySet:
    """Return the public products that pass and have what the attempt asks for."""
    found = filtered_products(**filters)
    if not attempt.words:
        return found.with_words(attempt.literals)
    query = SearchQuery(attempt.tsquery, config="simple", search_type="raw")
    return found.filter(search_document__folded_vector=query)


def facets_of(
    matches: ProductQuerySet, filters: Mapping[str, Any], attempt: Attempt | None
) -> Facets:
    """Count facets beside a page that is ordered by a column."""
    if attempt is None:
        return Facets()
    return _with_own_facets(count_facets(matches, _shared_facets(filters)), filters, attempt)


def _narrowing(filters: Mapping[str, Any]) -> bool:
    return any(value is not None and value != {} for value in filters.values())


def _own_filters(filters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        facet: own
        for facet, own in OWN_FILTERS.items()
        if any(filters.get(name) is not None for name in own)
    }


def _shared_facets(filters: Mapping[str, Any]) -> list[str]:
    """Return the facets that no filter of theirs narrows: they are counted with the results."""
    own = _own_filters(filters)
    return [name for name in FACET_SQL if name not in own]


def _with_own_facets(
    facets: Mapping[str, list[Any]], filters: Mapping[str, Any], attempt: Attempt
) -> Facets:
    """Add the facets that were chosen from, each counted without its own filter."""
    every = dict(facets)
    for facet, own in _own_filters(filters).items():
        others = {name: value for name, value in filters.items() if name not in own}
        every.update(count_facets(matching(others, attempt), [facet]))
    chosen: Mapping[str, Any] = filters.get("attributes") or {}
    own_attributes = {}
    for name in chosen:
        others = {key: values for key, values in chosen.items() if key != name}
        rest = {**filters, "attributes": others}
        own_attributes[name] = count_facets(matching(rest, attempt), ["attributes"])["attributes"]
    every["attributes"] = merged_attributes(every.get("attributes", []), own_attributes)
    return Facets(**every)


def cards_of(ids: Sequence[UUID]) -> list[Product]:
    """Read the cards of ranked ids, without any that has just been taken off sale."""
    cards = Product.objects.public().for_cards().in_bulk(ids)
    return [cards[pk] for pk in ids if pk in cards]
