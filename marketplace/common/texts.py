"""Texts that people type: normalisation and slugs that know Vietnamese."""

import re
import unicodedata
from typing import Literal

_WORDS = re.compile(r"[^a-z0-9]+")
# As in Unicode's stream-safe text format; no language needs half as many.
_MAX_MARKS = 30


def normalise(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return text in a normal form, so that equal-looking texts are equal.

    Marks upon one letter are sorted by a method that takes the square of their number: a body of
    1 MB of them would keep the process busy for minutes.
    Raises: ValueError for more of them in a row than any language has.
    """
    if text.isascii():
        return text
    in_a_row = 0
    for char in text:
        in_a_row = in_a_row + 1 if unicodedata.combining(char) else 0
        if in_a_row > _MAX_MARKS:
            raise ValueError("Too many combining characters in a row.")
    return unicodedata.normalize(form, text)


def fold(text: str) -> str:
    """Return lower case without diacritics: `Điện thoại` becomes `dien thoai`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def slugify(text: str, *, max_length: int = 200) -> str:
    """Return a URL slug in ASCII; empty when nothing of the text can be kept."""
    return _WORDS.sub("-", fold(text)).strip("-")[:max_length].strip("-")


def masked_name(full_name: str) -> str:
    """Return a name as strangers may see it: `Nguyễn Văn An` becomes `Nguyễn V. A.`.

    Of a name of one word, its first letter: it may be all that there is to know.
    """
    first, *others = full_name.split() or ["*"]
    if not others:
        return f"{first[0]}***"
    return " ".join([first, *(f"{word[0]}." for word in others)])
