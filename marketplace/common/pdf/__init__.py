"""Type for PDFs that can show what people write: DejaVu Sans Condensed, inside each document."""

import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "DejaVuSansCondensed"
BOLD: Final = "DejaVuSansCondensed-Bold"
_FONTS: Final = Path(__file__).resolve().parent / "fonts"
_MISSING: Final = "\N{WHITE SQUARE}"
_SPACES = re.compile(" +")
# ReportLab notes at the font, which all threads share, which letters a document needs of it.
drawing: Final = threading.Lock()


@cache
def glyphs() -> frozenset[int]:
    """Register the fonts, once per process, and return what both of them can show."""
    shown = None
    for name in (REGULAR, BOLD):
        font = TTFont(name, str(_FONTS / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        known = frozenset(font.face.charToGlyph)
        shown = known if shown is None else shown & known
    return shown or frozenset()


def printable(text: str) -> str:
    """Return text as the fonts can show it: letters they lack as boxes, pictographs left out."""
    known = glyphs()
    shown = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in {"Zl", "Zp"} or char in "\t\r\n":
            shown.append(" ")
        elif category.startswith("C"):
            continue
        elif ord(char) in known:
            shown.append(char)
        elif category[0] not in "SM":
            shown.append(_MISSING)
    return _SPACES.sub(" ", "".join(shown)).strip()
