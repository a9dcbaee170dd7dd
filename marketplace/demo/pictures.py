"""Pictures of the demo's goods: drawn, small, and shared by many products."""

import colorsys
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

from marketplace.common.texts import fold, slugify
from marketplace.demo.data import DEPARTMENTS

SIDE = 640
DETAILS_PER_DEPARTMENT = 2


@dataclass(frozen=True)
class Picture:
    """A stored picture: its name in the storage and its size."""

    file: str
    width: int = SIDE
    height: int = SIDE


def draw_pictures() -> tuple[dict[str, Picture], dict[str, list[Picture]]]:
    """Store a picture per section, and details per department; returns both by name.

    Idempotent: names are fixed, and what is stored already is not drawn again.
    """
    of_section, of_department = {}, {}
    for department in DEPARTMENTS:
        for section in department.sections:
            name = f"products/demo/{slugify(section.name)}.webp"
            of_section[section.name] = _store(name, section.name, department.hue)
        of_department[department.name] = [
            _store(
                f"products/demo/{slugify(department.name)}-{n}.webp", "", department.hue + 25 * n
            )
            for n in range(1, DETAILS_PER_DEPARTMENT + 1)
        ]
    return of_section, of_department


def _store(name: str, text: str, hue: int) -> Picture:
    if not default_storage.exists(name):
        buffer = io.BytesIO()
        _draw(text, hue, Random(name)).save(buffer, "WEBP", quality=70, method=0)  # noqa: S311
        default_storage.save(name, ContentFile(buffer.getvalue()))
    return Picture(name)


def _draw(text: str, hue: int, rng: Random) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), _colour(hue, 0.18, 0.97))
    draw = ImageDraw.Draw(image)
    for x, y, radius, shade in _circles(rng):
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=_colour(hue + 30 * shade, 0.25 + 0.35 * shade, 0.95 - 0.2 * shade))
    if text:
        _write(draw, text, _colour(hue, 0.75, 0.35))
    return image


def _circles(rng: Random) -> Iterator[tuple[float, float, float, float]]:
    turn = rng.random() * math.tau
    for step in range(7):
        angle, reach = turn + step * math.tau / 7, SIDE * (0.2 + 0.18 * rng.random())
        x, y = SIDE / 2 + reach * math.cos(angle), SIDE * 0.42 + reach * math.sin(angle)
        yield x, y, SIDE * (0.07 + 0.14 * rng.random()), step / 7


def _write(draw: ImageDraw.ImageDraw, text: str, colour: tuple[int, int, int]) -> None:
    # The font that comes with Pillow has no Vietnamese letters.
    words = fold(text).upper()
    font = ImageFont.load_default(size=min(64, int(SIDE * 1.5 / len(words))))
    draw.rectangle((0, SIDE * 0.8, SIDE, SIDE), fill="white")
    draw.text((SIDE / 2, SIDE * 0.9), words, font=font, fill=colour, anchor="mm")


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)
