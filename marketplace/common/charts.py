"""Charts drawn here, as shapes that a template writes as SVG: pages with them need no script.

Each comes with a title, a description and its numbers as a table, for those who do not see it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.http import HttpRequest

# Of the drawing; a page shows it as wide as there is room. Narrow, so that texts stay readable
# on a telephone.
WIDTH: Final = 360
HEIGHT: Final = 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 4, 10, 22
_ROW: Final = 30
_DATE_LABELS: Final = 5
_ALL_NAMED: Final = 7


@dataclass(frozen=True)
class Shape:
    """A rectangle with what is said of it; `kind` is the class that gives it its colour."""

    x: str
    y: str
    width: str
    height: str
    kind: str
    title: str


@dataclass(frozen=True)
class Label:
    x: str
    y: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Row:
    """A line of the table below a chart; `url` leads to the rows that were counted."""

    name: str
    cells: list[str]
    url: str = ""


@dataclass
class Chart:
    """What a page shows of one matter; `url` leads to the list behind it."""

    key: str
    title: str
    headline: str
    note: str
    description: str
    url: str
    columns: list[str]
    rows: list[Row]
    legend: list[tuple[str, str]] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def right(self) -> int:
        """Where the lines across end."""
        return self.width - _RIGHT


# What the start of the console shows below its queues: each returns the charts that the caller may
# see, over so many days. Higher apps put theirs here in their `admin.py`.
console_charts: list[Callable[[HttpRequest, int], list[Chart]]] = []


def bars(
    chart: Chart,
    days: Sequence[date],
    layers: Sequence[tuple[str, Sequence[int]]],
    *,
    shown: Callable[[int], str] = "{:,}".format,
) -> Chart:
    """Draw a bar for each day; layers (a name, and a number per day) stand on each other."""
    sums = [sum(values) for values in zip(*(values for _, values in layers), strict=True)]
    top = _nice(max(sums, default=0))
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    for part in (0, 0.5, 1):
        y = HEIGHT - _BOTTOM - part * top * scale
        chart.lines.append(_text(y))
        chart.labels.append(Label(_text(_LEFT - 4), _text(y + 4), "end", short(part * top)))
    floors = [0.0] * len(days)
    for number, (name, values) in enumerate(layers, 1):
        for n, value in enumerate(values):
            height = value * scale
            floors[n] += height
            if value:
                said = f"{name_of(days[n])}: {shown(value)} {name}"
                chart.shapes.append(
                    Shape(
                        x=_text(_LEFT + n * step + step * 0.1),
                        y=_text(HEIGHT - _BOTTOM - floors[n]),
                        width=_text(step * 0.8),
                        height=_text(height),
                        kind=f"layer-{number}",
                        title=said,
                    )
                )
    chart.labels += [
        Label(_text(_LEFT + (n + offset) * step), _text(HEIGHT - 6), anchor, name_of(days[n]))
        for n, offset, anchor in _dated(len(days))
    ]
    if len(layers) > 1:
        chart.legend = [(f"layer-{n}", name) for n, (name, _) in enumerate(layers, 1)]
    return chart


def shares(chart: Chart, parts: Sequence[tuple[str, float | None, str]]) -> Chart:
    """Draw a bar from left to right for each part: a name, a share of one or None, a remark."""
    chart.height = max(len(parts), 1) * _ROW + 8
    room = WIDTH - 2 * _RIGHT
    for n, (name, share, remark) in enumerate(parts):
        y = n * _ROW
        percent = "–" if share is None else percentage(share)
        chart.labels.append(Label(_text(_RIGHT), _text(y + 14), "start", name))
        chart.labels.append(Label(_text(WIDTH - _RIGHT), _text(y + 14), "end", remark or percent))
        for kind, part in (("rest", 1.0), ("layer-1", share or 0.0)):
            chart.shapes.append(
                Shape(
                    x=_text(_RIGHT),
                    y=_text(y + 19),
                    width=_text(room * part),
                    height="8",
                    kind=kind,
                    title=f"{name}: {percent}",
                )
            )
    return chart


def name_of(day: date) -> str:
    """Write a day as axes do: 3 Nov."""
    return f"{day.day} {day:%b}"


def percentage(share: float) -> str:
    """Write a share of one: 97.5 %."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def short(value: float) -> str:
    """Write a number in the room that an axis has: 1.5k, 20M."""
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _nice(highest: int) -> int:
    """Return where the axis ends: a round number, whose half is one too."""
    if highest <= 2:
        return 2
    size: int = 10 ** int(math.log10(highest))
    steps = [size * factor for factor in (1, 2, 4, 6, 8, 10)]
    return next((step for step in steps if step >= highest), size * 20)


def _dated(count: int) -> list[tuple[int, float, str]]:
    """Return which of so many days are named, where under its bar each name is, and its anchor.

    Few are named all; of many some, spread evenly, the first and the last among them.
    """
    if count <= _ALL_NAMED:
        return [(n, 0.5, "middle") for n in range(count)]
    places = [round(n * (count - 1) / (_DATE_LABELS - 1)) for n in range(_DATE_LABELS)]
    ends = {0: (0.0, "start"), count - 1: (1.0, "end")}
    return [(n, *ends.get(n, (0.5, "middle"))) for n in places]


def _text(number: float) -> str:
    """Write a coordinate; as a text, so that no language writes it with a comma."""
    return f"{number:.1f}".removesuffix(".0")
