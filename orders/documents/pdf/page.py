"""The paper that documents are written on: fonts, styles, tables, and what stands on each page."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from marketplace.common.pdf import BOLD, REGULAR, glyphs, printable

INK: Final = HexColor("#1b1f24")
FAINT: Final = HexColor("#5b6470")
RULE: Final = HexColor("#c9ced6")
SHADE: Final = HexColor("#f1f3f6")
MARGIN: Final = 18 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
_CELL_PADDING: Final = 4
_LEDGER_SIZE: Final = 8
_ROWS_OF_A_TABLE: Final = 1_000
# What reportlab leaves free inside the margins.
_FRAME: Final = 6


def _style(size: float, *, bold: bool = False, color: Color = INK, right: bool = False) -> Any:
    return ParagraphStyle(
        name=f"{size}{bold}{color}{right}",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=size * 1.35,
        textColor=color,
        alignment=TA_RIGHT if right else 0,
        splitLongWords=1,
    )


STYLES: Final = {
    "title": _style(20, bold=True),
    "heading": _style(9, bold=True, color=FAINT),
    "heading right": _style(9, bold=True, color=FAINT, right=True),
    "body": _style(9),
    "bold": _style(9, bold=True),
    "faint": _style(8, color=FAINT),
    "right": _style(9, right=True),
    "bold right": _style(9, bold=True, right=True),
    "faint right": _style(8, color=FAINT, right=True),
    "total": _style(11, bold=True),
    "total right": _style(11, bold=True, right=True),
}


_PLAIN: Final[list[Any]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]


_LEDGER: Final[list[Any]] = [
    ("FONT", (0, 1), (-1, -1), REGULAR, _LEDGER_SIZE),
    ("TEXTCOLOR", (0, 1), (-1, -1), INK),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("BACKGROUND", (0, 0), (-1, 0), SHADE),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
    ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
]


def text(content: str, style: str = "body") -> Flowable:
    """Return a paragraph of plain text: what looks like markup in it is not."""
    return Paragraph(escape(printable(content)), STYLES[style])


def block(*lines: Flowable | None) -> list[Flowable]:
    """Return lines that stand below one another, without those that are not there."""
    return [line for line in lines if line is not None]


def gap(millimetres: float) -> Flowable:
    return Spacer(1, millimetres * mm)


def columns(*cells: Sequence[Flowable], shares: Sequence[float]) -> Flowable:
    """Return blocks side by side; `shares` divide the width of the page."""
    table = Table([[list(cell) for cell in cells]], colWidths=_widths(shares))
    table.setStyle(
        [*_PLAIN, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("RIGHTPADDING", (0, 0), (-2, -1), 12)]
    )
    return table


def rows(
    header: Sequence[str], body: Sequence[list[Any]], shares: Sequence[float], *, left: int = 1
) -> Flowable:
    """Return a table whose header stands on every page; all but `left` columns to the right."""
    head = [text(name, "heading" if n < left else "heading right") for n, name in enumerate(header)]
    table = Table([head, *body], colWidths=_widths(shares), repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), SHADE),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return table


def ledger(
    header: Sequence[str],
    body: Sequence[Sequence[str]],
    total: Sequence[str],
    *,
    shares: Sequence[float],
    left: int,
) -> list[Flowable]:
    """Return a long table of short texts; the header on every page, the total last.

    Texts are cut where they are too long for their column, not wrapped, and thousands of rows are
    several tables: what reportlab does to one takes the square of its rows.
    """
    widths = _widths(shares)
    head = [text(name, "heading" if n < left else "heading right") for n, name in enumerate(header)]
    lines = [_fitting(row, widths, REGULAR) for row in body]
    lines.append(_fitting(total, widths, BOLD))
    tables: list[Flowable] = []
    for start in range(0, len(lines), _ROWS_OF_A_TABLE):
        piece = lines[start : start + _ROWS_OF_A_TABLE]
        table = LongTable([head, *piece], colWidths=widths, repeatRows=1)
        table.setStyle([*_LEDGER, ("ALIGN", (left, 1), (-1, -1), "RIGHT")])
        tables.append(table)
    table.setStyle(
        [
            ("FONT", (0, -1), (-1, -1), BOLD, _LEDGER_SIZE),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK),
            ("LINEBELOW", (0, -1), (-1, -1), 0.8, INK),
        ]
    )
    return tables


def sums(
    lines: Sequence[tuple[str, str]],
    total: tuple[str, str],
    after: Sequence[tuple[str, str]] = (),
) -> Flowable:
    """Return amounts below one another at the right, the total under a rule; on one page."""
    body = [[text(name), text(amount, "right")] for name, amount in lines]
    body.append([text(total[0], "total"), text(total[1], "total right")])
    body.extend([text(name, "faint"), text(amount, "faint right")] for name, amount in after)
    table = Table(body, colWidths=[WIDTH * 0.34, WIDTH * 0.22], hAlign="RIGHT")
    at = len(lines)
    table.setStyle(
        [
            *_PLAIN,
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
            ("LINEABOVE", (0, at), (-1, at), 0.8, INK),
            ("TOPPADDING", (0, at), (-1, at), 5),
            ("BOTTOMPADDING", (0, at), (-1, at), 5),
        ]
    )
    return KeepTogether([table])


def _fitting(row: Sequence[str], widths: Sequence[float], font: str) -> list[str]:
    """Return texts that fit into their cells."""
    return [_cut(cell, width, font) for cell, width in zip(row, widths, strict=True)]


def _cut(content: str, width: float, font: str) -> str:
    shown = printable(content)
    room = width - 2 * _CELL_PADDING
    if pdfmetrics.stringWidth(shown, font, _LEDGER_SIZE) <= room:
        return shown
    while shown and pdfmetrics.stringWidth(f"{shown}…", font, _LEDGER_SIZE) > room:
        shown = shown[:-1]
    return f"{shown}…"


def _widths(shares: Sequence[float]) -> list[float]:
    return [WIDTH * share / sum(shares) for share in shares]


@dataclass(frozen=True)
class Paper:
    """What stands on every page, and in the file's properties."""

    title: str
    author: str
    language: str
    foot: str
    # With places for the number of the page and how many there are.
    page_of: str

    def write(self, story: Sequence[Flowable]) -> bytes:
        """Return the PDF of a story. Nothing in it depends on the time or the process."""
        glyphs()
        out = BytesIO()
        template = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=MARGIN - _FRAME,
            rightMargin=MARGIN - _FRAME,
            topMargin=MARGIN - _FRAME,
            bottomMargin=MARGIN + 5 * mm,
            title=printable(self.title),
            author=printable(self.author),
            creator="",
            producer="",
            lang=self.language,
            invariant=1,
        )
        template.build(list(story), canvasmaker=lambda *args, **kw: _Pages(self, *args, **kw))
        return out.getvalue()


class _Pages(Canvas):
    """Holds the pages back until it is known how many there are."""

    def __init__(self, paper: Paper, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._paper = paper
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, page in enumerate(self._held, 1):
            self.__dict__.update(page)
            self._foot(number)
            super().showPage()
        super().save()

    def _foot(self, number: int) -> None:
        self.setFont(REGULAR, 8)
        self.setFillColor(FAINT)
        self.setStrokeColor(RULE)
        self.setLineWidth(0.5)
        self.line(MARGIN, MARGIN + 3 * mm, A4[0] - MARGIN, MARGIN + 3 * mm)
        self.drawString(MARGIN, MARGIN - 1 * mm, printable(self._paper.foot))
        page = self._paper.page_of.format(number=number, count=len(self._held))
        self.drawRightString(A4[0] - MARGIN, MARGIN - 1 * mm, page)
