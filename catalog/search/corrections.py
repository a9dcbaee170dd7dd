"""What was meant where what was typed finds nothing: other spellings, and synonyms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models.functions import Length

from catalog.models import SearchWord
from catalog.search.words import Word, distance, halves, normal_text, runs, without_telex, words_in
from marketplace.common.prepared import fetch_prepared

MAX_ALTERNATIVES: Final = 8
SIMILARITY: Final = 0.25
SIMILAR_WORDS: Final = 30
SHORT_WORD: Final = 5
SHORT_WORDS: Final = 2_000
# Alternatives that cost the same are told apart by use; a wrong first letter is rarer than others.
_OTHER_FIRST_LETTER: Final = 0.25
_SYNONYMS: Final = """
    SELECT term, synonym, is_mutual FROM catalog_synonym
    WHERE is_active AND (term = ANY (%s) OR is_mutual AND synonym = ANY (%s))
    ORDER BY id
"""


@dataclass(frozen=True)
class Correction:
    """The words that were meant, and the whole text with them in place."""

    words: list[Word]
    text: str


def phrases(words: Sequence[Word]) -> list[str]:
    """Return every text among the words that may have a synonym."""
    return sorted({text for _, _, text in runs(words)})


def with_synonyms(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words as typed, and with each synonym in the place of what it stands for."""
    places = runs(words)
    texts = {text for _, _, text in places}
    meanings: dict[str, list[str]] = {}
    for term, synonym, is_mutual in fetch_prepared(_SYNONYMS, [list(texts), list(texts)]):
        if term in texts:
            meanings.setdefault(term, []).append(synonym)
        if is_mutual and synonym in texts:
            meanings.setdefault(synonym, []).append(term)
    alternatives = [list(words)]
    for start, end, text in places:
        for meaning in meanings.get(text, ()):
            alternatives.append([*words[:start], *words_in(meaning), *words[end:]])
    return alternatives[:MAX_ALTERNATIVES]


def corrected(text: str, words: Sequence[Word]) -> Correction | None:
    """Return the nearest words that exist; None when all exist, or nothing is near.

    A word that nothing resembles is left out, unless none is left then.
    """
    unknown = _unknown(words)
    if not unknown:
        return None
    found = _nearest(unknown)
    kept, meant = [], normal_text(text)
    for word in words:
        if word.folded not in unknown:
            kept.append(word)
            continue
        replacement = found.get(word.folded, "")
        kept.extend(words_in(replacement))
        meant = re.sub(rf"(?<![^\W_]){re.escape(word.exact)}(?![^\W_])", replacement, meant)
    meant = " ".join(meant.split())
    return Correction(kept, meant) if kept else None


def _unknown(words: Sequence[Word]) -> set[str]:
    """Return the words that no title or name has; the last one may be the start of one."""
    wanted = {word.folded for word in words}
    known = set(SearchWord.objects.filter(word__in=wanted).values_list("word", flat=True))
    last = words[-1].folded
    if last not in known and SearchWord.objects.filter(word__startswith=last).exists():
        known.add(last)
    return {word for word in wanted - known if not word.isdigit()}


def _nearest(unknown: set[str]) -> dict[str, str]:
    """Return, for each word that has any, the spelling that was most likely meant."""
    plain = {word: without_telex(word) for word in unknown}
    parts = {word: halves(word) for word in unknown}
    named = {
        *plain.values(),
        *(half for pairs in parts.values() for pair in pairs for half in pair),
    }
    exact = {row.word: row for row in SearchWord.objects.filter(word__in=named)}
    nearest = {}
    for word in unknown:
        row = exact.get(plain[word]) or _most_alike(word)
        if row is not None:
            nearest[word] = row.display
            continue
        pairs = [pair for pair in parts[word] if pair[0] in exact and pair[1] in exact]
        if pairs:
            pair = max(pairs, key=lambda pair: min(exact[pair[0]].uses, exact[pair[1]].uses))
            nearest[word] = f"{exact[pair[0]].display} {exact[pair[1]].display}"
    return nearest


def _most_alike(word: str) -> SearchWord | None:
    if len(word) < 3:
        return None
    limit = 1.0 if len(word) <= SHORT_WORD else 2.0
    rows = _near(word) if len(word) > SHORT_WORD else _short(word)
    letters = set(word)
    scored = [
        (cost + _OTHER_FIRST_LETTER * (row.word[0] != word[0]), -row.uses, row.word, row)
        for row in rows
        # A slip brings in one letter and takes away one at most; to see so is quick.
        if len(letters.difference(row.word)) <= limit
        and len(set(row.word) - letters) <= limit
        and (cost := distance(word, row.word)) <= limit
    ]
    return min(scored)[3] if scored else None


def _near(word: str) -> list[SearchWord]:
    """Return words with common trigrams; who asks has set `pg_trgm.similarity_threshold`."""
    alike = TrigramSimilarity("word", word)
    found = SearchWord.objects.filter(word__trigram_similar=word).annotate(alike=alike)
    return list(found.order_by("-alike", "-uses")[:SIMILAR_WORDS])


def _short(word: str) -> list[SearchWord]:
    """Return the common words of about this length: short ones share too few trigrams."""
    words = SearchWord.objects.alias(length=Length("word"))
    found = words.filter(length__gte=len(word) - 1, length__lte=len(word) + 1)
    return list(found.order_by("-uses", "word")[:SHORT_WORDS])
