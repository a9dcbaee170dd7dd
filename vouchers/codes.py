"""Codes as people type them."""

import re
from collections.abc import Iterable

from marketplace.common.texts import normalise

CODE_RULE = "3 to 40 letters without accents, digits, dashes or underscores."
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}", re.ASCII)


def normalise_code(text: str) -> str:
    """Return the one form of a code, whatever its case and width. Raises: ValueError."""
    return normalise(text, "NFKC").strip().upper()


def unique_codes(codes: Iterable[str]) -> list[str]:
    """Return the codes in their one form, in the order of naming, each once."""
    return list(dict.fromkeys(normalise_code(code) for code in codes))


def is_good_code(code: str) -> bool:
    """Tell whether a normalised code may be given to a new voucher."""
    return _CODE.fullmatch(code) is not None
