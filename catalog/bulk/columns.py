"""The columns of a file of products: their names, and how their values are written in a cell."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rest_framework import serializers

from catalog.bulk.constants import MAX_COLUMNS
from catalog.bulk.errors import BrokenFile
from catalog.fields import AttributesField

PRODUCT_COLUMNS: Final = ("product", "title", "category", "brand", "description", "status")
VARIANT_COLUMNS: Final = (
    "sku",
    "variant_name",
    "price",
    "compare_at_price",
    "weight_grams",
    "stock",
)
PRODUCT_ATTRIBUTE: Final = "attribute:"
VARIANT_ATTRIBUTE: Final = "variant_attribute:"
MAX_CELL_LENGTH: Final = 40_000

_BETWEEN: Final = " | "


@dataclass(frozen=True)
class Header:
    """Where each column stands in a row."""

    places: dict[str, int]
    attributes: dict[str, int]
    variant_attributes: dict[str, int]
    width: int


def read_header(cells: Sequence[str]) -> Header:
    """Understand the first row. Raises: BrokenFile naming what is missing or unknown."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise BrokenFile(f"At most {MAX_COLUMNS} columns.")
    header = Header({}, {}, {}, len(names))
    for place, name in enumerate(names):
        _place(header, name, place)
    if "sku" not in header.places:
        raise BrokenFile("The column sku is missing from the first row.")
    return header


def _place(header: Header, name: str, place: int) -> None:
    key = name.lower()
    if key in {*PRODUCT_COLUMNS, *VARIANT_COLUMNS}:
        places, name = header.places, key
    elif key.startswith(VARIANT_ATTRIBUTE):
        places, name = header.variant_attributes, _attribute(name[len(VARIANT_ATTRIBUTE) :], name)
    elif key.startswith(PRODUCT_ATTRIBUTE):
        places, name = header.attributes, _attribute(name[len(PRODUCT_ATTRIBUTE) :], name)
    elif key in {"image", "image_url", "images", "image_urls"}:
        raise BrokenFile(
            f"The column {name} is not accepted: the marketplace fetches nothing from other "
            "addresses. Upload images to the product instead."
        )
    else:
        raise BrokenFile(f"Unknown column {name[:100] or '(empty)'}.")
    if name in places:
        raise BrokenFile(f"The column {name} stands twice.")
    places[name] = place


def _attribute(name: str, column: str) -> str:
    try:
        return str(next(iter(AttributesField().run_validation({name: "x"}))))
    except serializers.ValidationError as error:
        raise BrokenFile(f"{column[:100]}: {_first(error.detail)}") from error


def _first(detail: Any) -> str:
    return str(detail[0]) if isinstance(detail, list) else str(detail)


def read_attribute(cell: str) -> Any:
    """Read an attribute's value: `Cotton`, or a list as `Cotton | Lanh` or in JSON."""
    if cell[:1] in {"[", '"'}:
        try:
            value = json.loads(cell)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, str | list):
            return value
    if "|" in cell:
        return [part.strip() for part in cell.split("|")]
    return cell


def write_attribute(value: Any) -> str:
    """Write an attribute's value so that `read_attribute` returns the same."""
    plain = _BETWEEN.join(value) if isinstance(value, list) else str(value)
    return plain if read_attribute(plain) == value else json.dumps(value, ensure_ascii=False)
