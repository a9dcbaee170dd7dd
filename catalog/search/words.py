"""What a person typed, as words and as a `tsquery`; nothing typed makes either of them fail."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from marketplace.common.texts import fold

MAX_QUERY_LENGTH: Final = 100
MAX_WORDS: Final = 10
MAX_WORD_LENGTH: Final = 60
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Word:
    """One word as it was typed, in lower case, and without diacritics."""

    exact: str
    folded: str


# Each alternative finds by itself; the first is what was typed.
Alternatives = Sequence[Sequence[Word]]


def normal_text(text: str) -> str:
    """Return a search text in lower case, composed, with single spaces, cut to what counts."""
    composed = unicodedata.normalize("NFC", text[: MAX_QUERY_LENGTH * 4])
    if not composed.isprintable():
        composed = "".join(char if char.isprintable() else " " for char in composed)
    return " ".join(composed.lower().split())[:MAX_QUERY_LENGTH].rstrip()


def words_in(text: str) -> list[Word]:
    """Return the words of a search text that count: no more than a person would type."""
    return list(_words(text[: MAX_QUERY_LENGTH * 4]))


# One search asks for the words of its text several times.
@lru_cache(maxsize=100)
def _words(text: str) -> tuple[Word, ...]:
    words: list[Word] = []
    for exact in _WORD.findall(normal_text(text)):
        folded = "".join(_WORD.findall(fold(exact)))
        if folded and len(words) < MAX_WORDS:
            words.append(Word(exact[:MAX_WORD_LENGTH], folded[:MAX_WORD_LENGTH]))
    return tuple(words)


def normal_key(text: str) -> str:
    """Return the words of a text without case and diacritics: what synonyms are compared by."""
    return " ".join(word.folded for word in words_in(text))


def folded_tsquery(alternatives: Alternatives, *, any_word: bool = False) -> str:
    """Return what `to_tsquery('simple', …)` takes: every word, the last one as a prefix.

    `any_word` asks for one of the words instead.
    """
    operator = " | " if any_word else " & "
    return " | ".join(f"({operator.join(_terms(words))})" for words in alternatives if words)


def lead_of(tsquery: str) -> str:
    """Return the words before the prefix, which all that match have, too; empty without any."""
    # Where there are alternatives, each has words of its own.
    lead = "" if "|" in tsquery else tsquery.rpartition(" & ")[0]
    return lead and f"{lead})"


def array_of(texts: Iterable[str]) -> str:
    """Return words, or texts of words and quotes, as PostgreSQL reads an array of them.

    For the driver to write a list takes several times as long.
    """
    listed = ",".join(f'"{text}"' for text in texts)
    return f"{{{listed}}}"


def _terms(words: Sequence[Word]) -> Iterable[str]:
    # Words are letters and digits alone, so that the quotes cannot be closed from within.
    last = len(words) - 1
    return (f"'{word.folded}'{':*' if n == last else ''}" for n, word in enumerate(words))


def distance(one: str, other: str) -> float:
    """Return how many slips of the finger lie between two words; a doubled letter is half a one.

    Insertions, deletions, replacements and swaps of neighbours count: optimal string alignment.
    """
    rows = [[float(n) for n in range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [float(i)]
        for j, wanted in enumerate(other, 1):
            drop = 0.5 if i > 1 and letter == one[i - 2] else 1.0
            add = 0.5 if j > 1 and wanted == other[j - 2] else 1.0
            best = min(
                rows[i - 1][j] + drop, row[j - 1] + add, rows[i - 1][j - 1] + (letter != wanted)
            )
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


_TONES: Final = "sfrxjz"
_VOWELS: Final = "aeiouy"
_TELEX: Final = (("dd", "d"), ("aa", "a"), ("ee", "e"), ("oo", "o"), ("w", ""))


def without_telex(folded: str) -> str:
    """Return a word typed by Telex rules, where no input method took them up: `aso` is `ao`."""
    for typed, meant in _TELEX:
        folded = folded.replace(typed, meant)
    first_vowel = next((n for n, char in enumerate(folded) if char in _VOWELS), len(folded))
    head, tail = folded[: first_vowel + 1], folded[first_vowel + 1 :]
    for n, char in enumerate(tail):
        if char in _TONES:
            return head + tail[:n] + tail[n + 1 :]
    return folded


def halves(word: str) -> list[tuple[str, str]]:
    """Return the ways in which a word may be two that were typed without a space."""
    return [(word[:n], word[n:]) for n in range(2, len(word) - 1)]


def runs(words: Sequence[Word], *, longest: int = 4) -> list[tuple[int, int, str]]:
    """Return every run of neighbouring words as (from, to, text): what a synonym may stand for."""
    found = []
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            found.append((start, end, " ".join(word.folded for word in words[start:end])))
    return found
