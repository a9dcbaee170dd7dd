"""A search: what was typed, then what was meant, then any of the words; the first that finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from catalog.models import Product
from catalog.search.corrections import SIMILARITY, corrected, phrases, with_synonyms
from catalog.search.facets import FACET_SQL, OWN_FILTERS, Facets, merged_attributes
from catalog.search.filters import PUBLIC, Conditions, conditions
from catalog.search.ranking import (
    STATEMENT_TIMEOUT_MS,
    FacetQuery,
    Place,
    Ranked,
    count_facets,
    rank,
)
from catalog.search.words import Word, folded_tsquery, normal_text, words_in
from marketplace.common.prepared import fetch_planned
from marketplace.common.replicas import reading_alias, reading_connection


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

    `cards` has what the caller wanted of each; `attempt` is None when nothing was found.
    """

    rows: list[tuple[int, str]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    attempt: Attempt | None = None
    facets: Facets = field(default_factory=Facets)


TYPED: Final = 0
MEANT: Final = 1
ANY_WORD: Final = 2


def is_nothing_found(attempt: Attempt | None) -> bool:
    """Whether nothing has all that was typed or meant; products with some of it do not count."""
    return attempt is None or attempt.number == ANY_WORD


@contextmanager
def _similar() -> Iterator[None]:
    """Bound what looking for other spellings may take, and say what is similar to what."""
    with transaction.atomic(using=reading_alias()):
        with reading_connection().cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), "
                "set_config('pg_trgm.similarity_threshold', %s, true)",
                [str(STATEMENT_TIMEOUT_MS), str(SIMILARITY)],
            )
        yield


def attempts(text: str, *, is_typed_plain: bool = False) -> Iterator[Attempt]:
    """Yield the readings of a text, the likeliest first, each made when it is asked for.

    `is_typed_plain` leaves synonyms out of the first of them.
    """
    words = words_in(text)
    if not words:
        yield Attempt(TYPED, "", (), literals=normal_text(text).split())
        return
    alternatives = [words] if is_typed_plain else with_synonyms(words)
    yield Attempt(TYPED, folded_tsquery(alternatives), words)
    with _similar():
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
    card: str,
    limit: int,
    place: Place | None = None,
    attempt_number: int = TYPED,
) -> RankedPage:
    """Return a page by relevance, for a text with words in it; `card` is SQL, as a list has it.

    `filters` have ids in them. A later page names the attempt of the first one.
    """
    read = partial(_rank, filters, card=card, limit=limit + 1, place=place)
    for attempt in attempts(text, is_typed_plain=True):
        if attempt.number < attempt_number:
            continue
        is_plain = attempt.number == TYPED
        found = read(attempt, unless_synonym=phrases(attempt.words) if is_plain else ())
        if found.has_synonym:
            tsquery = folded_tsquery(with_synonyms(attempt.words))
            attempt = replace(attempt, tsquery=tsquery)
            found = read(attempt)
        is_there = found.rows or place is not None
        if is_there or (_narrowing(filters) and _exists(attempt)):
            others, _ = _facet_queries(filters, attempt)
            facets = _facets({**found.facets, **count_facets(others)}, filters)
            return RankedPage(found.rows, found.cards, attempt, facets)
    return RankedPage()


def _rank(
    filters: Mapping[str, Any],
    attempt: Attempt,
    *,
    card: str,
    limit: int,
    place: Place | None,
    unless_synonym: Sequence[str] = (),
) -> Ranked:
    _, shared = _facet_queries(filters, attempt)
    return rank(
        matching(filters, attempt),
        attempt.words,
        card=card,
        limit=limit,
        place=place,
        facets=shared,
        unless_synonym=unless_synonym,
    )


def search_ordered(
    text: str, filters: Mapping[str, Any], read: Callable[[Conditions], bool]
) -> tuple[Attempt | None, Facets]:
    """Read all that a search finds, ordered by a column, and return how it was found.

    `filters` have ids in them. `read` reads the page and says whether there is anything on it.
    """
    for attempt in attempts(text):
        passing = matching(filters, attempt)
        if read(passing) or not attempt.words or _exists(attempt):
            others, shared = _facet_queries(filters, attempt)
            every = tuple((name, name) for name in shared)
            queries = [FacetQuery(passing, every), *others]
            return attempt, _facets(count_facets(queries), filters)
    return None, Facets()


def matching(filters: Mapping[str, Any], attempt: Attempt) -> Conditions:
    """Return what products must pass that have what the attempt asks for."""
    passing = conditions(filters)
    if attempt.words:
        return replace(passing, tsquery=attempt.tsquery)
    return passing.and_texts(attempt.literals)


def _exists(attempt: Attempt) -> bool:
    sql, params = matching({}, attempt).everywhere()
    return bool(fetch_planned(f"SELECT 1 {PUBLIC}{sql} LIMIT 1", params))


def _narrowing(filters: Mapping[str, Any]) -> bool:
    return any(value is not None and value != {} for value in filters.values())


def _facet_queries(
    filters: Mapping[str, Any], attempt: Attempt
) -> tuple[list[FacetQuery], list[str]]:
    """Return the facets that were chosen from, each without its own filter, and all others."""
    own_filters = {
        facet: own
        for facet, own in OWN_FILTERS.items()
        if any(filters.get(name) is not None for name in own)
    }
    queries = [
        FacetQuery(
            matching({key: value for key, value in filters.items() if key not in own}, attempt),
            ((facet, facet),),
        )
        for facet, own in own_filters.items()
    ]
    chosen: Mapping[str, Any] = filters.get("attributes") or {}
    for name in chosen:
        others = {key: values for key, values in chosen.items() if key != name}
        rest = {**filters, "attributes": others}
        queries.append(FacetQuery(matching(rest, attempt), ((f"attr.{name}", "attributes"),)))
    return queries, [name for name in FACET_SQL if name not in own_filters]


def _facets(found: Mapping[str, list[Any]], filters: Mapping[str, Any]) -> Facets:
    names = filters.get("attributes") or {}
    own = {name: found[f"attr.{name}"] for name in names if f"attr.{name}" in found}
    every = {name: values for name, values in found.items() if name in FACET_SQL}
    if own:
        every["attributes"] = merged_attributes(every.get("attributes", []), own)
    return Facets(**every)


def cards_of(ids: Sequence[UUID]) -> list[Product]:
    """Read the cards of ranked ids, without any that has just been taken off sale."""
    cards = Product.objects.public().for_cards().in_bulk(ids)
    return [cards[pk] for pk in ids if pk in cards]
