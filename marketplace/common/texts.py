"""Texts that people type: normalisation and slugs that know Vietnamese."""

import re
import unicodedata

_WORDS = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return lower case without diacritics: `Điện thoại` becomes `dien thoai`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def slugify(text: str, *, max_length: int = 200) -> str:
    """Return a URL slug in ASCII; empty when nothing of the text can be kept."""
    return _WORDS.sub("-", fold(text)).strip("-")[:max_length].strip("-")
