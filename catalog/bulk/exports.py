"""Products as a table, a shop's so that it can be imported again; streamed, whatever its size."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from openpyxl.workbook.workbook import Workbook

from catalog.bulk.columns import (
    PRODUCT_ATTRIBUTE,
    PRODUCT_COLUMNS,
    VARIANT_ATTRIBUTE,
    VARIANT_COLUMNS,
    write_attribute,
)
from catalog.bulk.constants import MAX_EXPORTED_ATTRIBUTES, FileFormat
from catalog.bulk.models import ImportJob
from catalog.models import Product, ProductVariant
from catalog.querysets import ProductQuerySet
from marketplace.common.money import exponent, format_amount
from marketplace.common.spreadsheets import Echo, defused

CONTENT_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Cell = str | int | float | None

_CHUNK_ROWS = 500
_CHUNK_BYTES = 64 * 1024
_TEMPLATE: list[list[Cell]] = [
    [
        *("ao-thun", "Áo thun cổ tròn", "thoi-trang", None, "Cotton 100%", "draft"),
        *("AT-DO-M", "Đỏ / M", 199000, 249000, 200, 10, "Cotton", "Đỏ"),
    ],
    [
        *("ao-thun", None, None, None, None, None),
        *("AT-DO-L", "Đỏ / L", 199000, None, 210, 5, None, "Đỏ"),
    ],
]


def exported_products(shop_id: UUID, file_format: FileFormat) -> Iterator[bytes]:
    """Yield the file of all variants of a shop, the archived ones aside."""
    products = Product.objects.filter(shop_id=shop_id, archived_at=None)
    return encoded(product_rows(products), file_format)


def exported_selection(products: ProductQuerySet, file_format: FileFormat) -> Iterator[bytes]:
    """Yield the file of some products of any shops, which stand in a column of their own.

    Archived products are as they were when they were archived.
    """
    return encoded(product_rows(products, with_shop=True), file_format)


def template(file_format: FileFormat) -> Iterator[bytes]:
    """Yield a file with the columns and one product of two variants to write over."""
    header: list[Cell] = [
        *PRODUCT_COLUMNS,
        *VARIANT_COLUMNS,
        f"{PRODUCT_ATTRIBUTE}Chất liệu",
        f"{VARIANT_ATTRIBUTE}Màu",
    ]
    return encoded([header, *_TEMPLATE], file_format)


def import_errors(job: ImportJob) -> Iterator[bytes]:
    """Yield the row errors of an import as CSV."""
    errors = job.row_errors.order_by("row", "id").values_list("row", "column", "code", "message")
    rows: Iterator[list[Cell]] = (
        [row, column, code, message]
        for row, column, code, message in errors.iterator(chunk_size=_CHUNK_ROWS)
    )
    return encoded(_after(["row", "column", "code", "message"], rows), FileFormat.CSV)


def product_rows(products: ProductQuerySet, *, with_shop: bool = False) -> Iterator[list[Cell]]:
    """Yield the header and one row per variant; what is said of a product stands in its first."""
    chosen = products.order_by().values("pk")
    attributes, variant_attributes = _attribute_names(chosen)
    yield [
        *(["shop"] if with_shop else []),
        *PRODUCT_COLUMNS,
        *VARIANT_COLUMNS,
        *(f"{PRODUCT_ATTRIBUTE}{name}" for name in attributes),
        *(f"{VARIANT_ATTRIBUTE}{name}" for name in variant_attributes),
    ]
    variants = (
        ProductVariant.objects.filter(product__in=chosen)
        .filter(Q(archived_at=None) | Q(product__archived_at__isnull=False))
        .select_related("product__category", "product__brand", "product__shop", "stock")
        .order_by("product_id", "position", "id")
    )
    product_id = None
    for variant in variants.iterator(chunk_size=_CHUNK_ROWS):
        is_first, product_id = variant.product_id != product_id, variant.product_id
        product = variant.product
        about: list[Cell] = [None] * (len(PRODUCT_COLUMNS) - 1)
        if is_first:
            brand = product.brand.slug if product.brand else None
            about = [product.title, product.category.slug, brand, product.description]
            about.append(product.status)
        yield [
            *([product.shop.slug] if with_shop else []),
            product.slug,
            *about,
            variant.sku,
            variant.name,
            _amount(variant.price_amount),
            _amount(variant.compare_at_price_amount),
            variant.weight_grams,
            variant.stock.on_hand,
            *(_attribute(product.attributes, name) if is_first else None for name in attributes),
            *(_attribute(variant.attributes, name) for name in variant_attributes),
        ]


def encoded(rows: Iterable[list[Cell]], file_format: FileFormat) -> Iterator[bytes]:
    """Write rows as a file, in chunks; texts are defused, numbers stay numbers."""
    safe = ([defused(c) if isinstance(c, str) else c for c in row] for row in rows)
    return _xlsx(safe) if file_format == FileFormat.XLSX else _csv(safe)


def _csv(rows: Iterable[list[Cell]]) -> Iterator[bytes]:
    writer: Any = csv.writer(Echo(), lineterminator="\r\n")
    # With the mark, Excel reads the text as UTF-8.
    chunk: list[str] = ["\ufeff"]
    for row in rows:
        chunk.append(writer.writerow(row))
        if len(chunk) >= _CHUNK_ROWS:
            yield "".join(chunk).encode()
            chunk = []
    yield "".join(chunk).encode()


def _xlsx(rows: Iterable[list[Cell]]) -> Iterator[bytes]:
    """A ZIP file's directory stands at its end: the workbook goes by way of the disk."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Products")
    for row in rows:
        sheet.append(row)
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        yield from _chunks(file)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _after(header: list[Cell], rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    yield header
    yield from rows


def _amount(amount: int | None) -> Cell:
    if amount is None:
        return None
    return float(format_amount(amount)) if exponent() else amount


def _attribute(attributes: dict[str, Any], name: str) -> Cell:
    return write_attribute(attributes[name]) if name in attributes else None


def _attribute_names(chosen: QuerySet[Any, Any]) -> tuple[list[str], list[str]]:
    """Return the names of attributes that products and their variants have, by their use."""
    ids, params = chosen.query.sql_with_params()
    found = []
    for table, column in (("catalog_product", "id"), ("catalog_productvariant", "product_id")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key FROM {table}, jsonb_object_keys(attributes) AS keys (key) "  # noqa: S608 - ours
                f"WHERE {column} IN ({ids}) "
                "GROUP BY key ORDER BY count(*) DESC, key LIMIT %s",
                [*params, MAX_EXPORTED_ATTRIBUTES],
            )
            found.append([row[0] for row in cursor.fetchall()])
    return found[0], found[1]
