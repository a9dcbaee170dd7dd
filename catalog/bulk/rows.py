"""From the cells of a file to what they say of products, held against the rules of the API."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from rest_framework import serializers

from catalog.bulk.columns import Header, read_attribute
from catalog.bulk.files import Row
from catalog.constants import (
    MAX_DESCRIPTION_LENGTH,
    MAX_UNITS,
    MAX_VARIANTS,
    MAX_WEIGHT_GRAMS,
    ProductStatus,
)
from catalog.fields import AttributesField, SkuField
from catalog.models import Brand, Category
from catalog.services.batch_rows import ProductRows, RowError, VariantRow
from marketplace.common import money
from marketplace.common.api.fields import LineField, MoneyField, StrictIntegerField, TextField
from marketplace.common.spreadsheets import undefused

_NUMBER = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_KEY = LineField(max_length=280)
_SKU = SkuField()
_ATTRIBUTES = AttributesField()
# Column → (the field of the row it fills, how its text is read).
_PRODUCT_FIELDS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "title": LineField(max_length=255),
    "description": TextField(max_length=MAX_DESCRIPTION_LENGTH),
}
_VARIANT_FIELDS: dict[str, tuple[str, serializers.Field[Any, Any, Any, Any]]] = {
    "variant_name": ("name", LineField(max_length=150)),
    "price": ("price_amount", MoneyField(min_amount=1)),
    "compare_at_price": ("compare_at_price_amount", MoneyField(min_amount=1)),
    "weight_grams": ("weight_grams", StrictIntegerField(max_value=MAX_WEIGHT_GRAMS)),
}
_STOCK = StrictIntegerField(max_value=MAX_UNITS)
# What a seller may say of the status; the other two are the staff's, and mean no change.
_STATUSES: dict[str, bool | None] = {
    ProductStatus.ACTIVE: True,
    ProductStatus.PENDING: True,
    ProductStatus.DRAFT: False,
    ProductStatus.REJECTED: None,
    ProductStatus.SUSPENDED: None,
}


@dataclass
class Names:
    """Categories and brands by what a file may call them; None where a name is not unique."""

    categories: dict[str, UUID | None]
    brands: dict[str, UUID | None]

    @classmethod
    def read(cls) -> "Names":
        """Read them all: staff keep these tables, and they are small."""
        categories: dict[str, UUID | None] = {}
        names: dict[str, str] = {}
        rows = list(
            Category.objects.live().values_list("pk", "slug", "name", "path").order_by("depth")
        )
        for category_id, _slug, name, path in rows:
            names[category_id.hex] = name
            levels = [names.get(part, "") for part in path.strip("/").split("/")]
            _add(categories, " > ".join(levels), category_id)
        categories |= {slug: category_id for category_id, slug, _, _ in rows}
        brands: dict[str, UUID | None] = {}
        live = list(Brand.objects.live().values_list("pk", "slug", "name"))
        for brand_id, _slug, name in live:
            _add(brands, name, brand_id)
        brands |= {slug: brand_id for brand_id, slug, _ in live}
        return cls(categories, brands)


def _add(names: dict[str, UUID | None], name: str, row_id: UUID) -> None:
    key = _plain(name)
    names[key] = None if key in names else row_id


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


@dataclass
class Group:
    """Consecutive rows of one product, as they stand in the file."""

    key: str
    rows: list[Row] = field(default_factory=list)
    # Rows beyond what a product can have: only counted, so that memory stays bounded.
    surplus: list[int] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.rows] + self.surplus


class Table:
    """A file's rows, understood one product at a time."""

    def __init__(self, header: Header, names: Names) -> None:
        self.header, self.names = header, names
        self._skus: set[str] = set()
        self._keys: set[str] = set()

    def groups(self, rows: Iterable[Row]) -> Iterator[Group]:
        """Gather consecutive rows with one `product`, or without that, one `title`."""
        group: Group | None = None
        for row in rows:
            key = self._cell(row, "product") or self._cell(row, "title")
            if group is None or not key or key != group.key:
                if group is not None:
                    yield group
                group = Group(key)
            if len(group.rows) <= MAX_VARIANTS:
                group.rows.append(row)
            else:
                group.surplus.append(row[0])
        if group is not None:
            yield group

    def skip(self, group: Group) -> None:
        """Remember what a product named that has been applied already."""
        self._keys.add(group.key.casefold())
        for row in group.rows:
            self._skus.add(_sku_key(self._cell(row, "sku")))

    def understand(self, group: Group) -> ProductRows | list[RowError]:
        """Return what the rows say; or why they cannot be applied, at least one line for each."""
        errors = [*self._group_errors(group)]
        values = self._product(group, errors)
        rows = [self._variant(row, errors) for row in group.rows]
        if not errors:
            return ProductRows(rows=[row for row in rows if row is not None], **values)
        return whole(group, errors)

    def _group_errors(self, group: Group) -> Iterator[RowError]:
        key = group.key.casefold()
        if len(group.numbers) > MAX_VARIANTS:
            message = f"A product has at most {MAX_VARIANTS} variants."
            yield RowError(group.numbers[0], "sku", "too_many_variants", message)
        if key and key in self._keys:
            message = "Rows of one product must stand together: this one came before."
            yield RowError(group.numbers[0], "product", "not_together", message)
        self._keys.add(key)
        for number, cells in group.rows:
            if any(cell.strip() for cell in cells[self.header.width :]):
                yield RowError(number, "", "too_many_cells", "More cells than the first row has.")

    def _product(self, group: Group, errors: list[RowError]) -> dict[str, Any]:
        cells = self._agreed(group, self.header.places, errors)
        changes: dict[str, Any] = {}
        number = group.rows[0][0]
        read = _Reader(number, errors)
        key = read("product", group.key, _KEY.run_validation) if group.key else ""
        for column, product_field in _PRODUCT_FIELDS.items():
            if text := cells.get(column):
                changes[column] = read(column, text, product_field.run_validation)
        if text := cells.get("category"):
            changes["category_id"] = read("category", text, self._category)
        if text := cells.get("brand"):
            changes["brand_id"] = read("brand", text, self._brand)
        text = cells.get("status", "")
        on_sale = read("status", text, _status) if text else None
        attributes = self._agreed(group, self.header.attributes, errors)
        return {
            "key": key,
            "changes": changes,
            "attributes": self._attributes(read, "attribute:", attributes),
            "on_sale": on_sale,
        }

    def _agreed(
        self, group: Group, places: Mapping[str, int], errors: list[RowError]
    ) -> dict[str, str]:
        """Return what the rows say of their product: all the same, or nothing."""
        agreed: dict[str, str] = {}
        for column, place in places.items():
            if places is self.header.places and column not in _OF_PRODUCT:
                continue
            for number, cells in group.rows:
                text = _text(cells, place)
                if text and agreed.setdefault(column, text) != text:
                    message = "Rows of one product say different things here."
                    errors.append(RowError(number, column, "conflict", message))
        return agreed

    def _variant(self, row: Row, errors: list[RowError]) -> VariantRow | None:
        number, cells = row
        read = _Reader(number, errors)
        changes = {}
        for column, (name, variant_field) in _VARIANT_FIELDS.items():
            if text := self._cell(row, column):
                changes[name] = read(
                    column, text, _PARSERS.get(column, variant_field.run_validation)
                )
        text = self._cell(row, "stock")
        stock = read("stock", text, _PARSERS["stock"]) if text else None
        given = {
            name: text
            for name, place in self.header.variant_attributes.items()
            if (text := _text(cells, place))
        }
        attributes = self._attributes(read, "variant_attribute:", given)
        sku = read("sku", self._cell(row, "sku"), self._new_sku)
        return VariantRow(number, sku or "", changes, attributes, stock) if sku else None

    def _new_sku(self, text: str) -> str:
        sku: str = _SKU.run_validation(text)
        key = _sku_key(text)
        if key in self._skus:
            message = f"The sku {sku} stands twice in this file."
            raise serializers.ValidationError(message, code="duplicate")
        self._skus.add(key)
        return sku

    def _attributes(
        self, read: "_Reader", prefix: str, given: Mapping[str, str]
    ) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for name, text in given.items():
            value = read(
                f"{prefix}{name}", {name: read_attribute(text)}, _ATTRIBUTES.run_validation
            )
            found.update(value or {})
        return found

    def _category(self, text: str) -> UUID:
        path = " > ".join(level.strip() for level in text.split(">"))
        return _known(self.names.categories, path, "category")

    def _brand(self, text: str) -> UUID:
        return _known(self.names.brands, text, "brand")

    def _cell(self, row: Row, column: str) -> str:
        place = self.header.places.get(column)
        return "" if place is None else _text(row[1], place)


class _Reader:
    """Reads cells of one row; what is wrong goes to the list of errors."""

    def __init__(self, number: int, errors: list[RowError]) -> None:
        self.number, self.errors = number, errors

    def __call__(self, column: str, value: Any, parse: Callable[[Any], Any]) -> Any:
        try:
            return parse(value)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            first = detail[0] if isinstance(detail, list) else next(iter(detail.values()))
            self.errors.append(
                RowError(self.number, column, getattr(first, "code", "invalid"), str(first))
            )
            return None


_OF_PRODUCT = frozenset({*_PRODUCT_FIELDS, "category", "brand", "status"})


def whole(group: Group, errors: Iterable[RowError]) -> list[RowError]:
    """Add a line for each row that has nothing wrong itself: its product is not applied."""
    found = list(errors)
    named = {error.number for error in found}
    message = "Not applied: another row of this product is wrong."
    found += [
        RowError(number, "", "product_refused", message)
        for number in group.numbers
        if number not in named
    ]
    return sorted(found, key=lambda error: error.number)


def _amount(variant_field: serializers.Field[Any, Any, Any, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        # "199.000" is a hundred and ninety-nine thousand to one and 199 to another.
        if len(text.partition(".")[2]) > money.exponent():
            message = 'Enter an amount without separators, such as "199000".'
            raise serializers.ValidationError(message, code="invalid")
        return variant_field.run_validation(text)

    return parse


def _integer(number_field: StrictIntegerField) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        return number_field.run_validation(int(text) if _NUMBER.fullmatch(text) else text)

    return parse


_PARSERS: dict[str, Callable[[str], Any]] = {
    "price": _amount(_VARIANT_FIELDS["price"][1]),
    "compare_at_price": _amount(_VARIANT_FIELDS["compare_at_price"][1]),
    "weight_grams": _integer(StrictIntegerField(max_value=MAX_WEIGHT_GRAMS)),
    "stock": _integer(_STOCK),
}


def _status(text: str) -> bool | None:
    try:
        return _STATUSES[text.lower()]
    except KeyError as error:
        message = f"One of {', '.join(_STATUSES)}."
        raise serializers.ValidationError(message, code="invalid_choice") from error


def _known(names: Mapping[str, UUID | None], text: str, kind: str) -> UUID:
    key = _plain(text)
    if key not in names:
        message = f"There is no {kind} {text[:100]}."
        raise serializers.ValidationError(message, code="does_not_exist")
    row_id = names[key]
    if row_id is None:
        message = f"Several are called {text[:100]}: use the slug."
        raise serializers.ValidationError(message, code="ambiguous")
    return row_id


def _sku_key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _text(cells: list[str], place: int) -> str:
    return undefused(cells[place].strip()).strip() if place < len(cells) else ""
