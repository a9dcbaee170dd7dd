"""What comes out, and that it goes in again."""

import csv
import io
from unicodedata import normalize

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from catalog.bulk.columns import read_attribute, write_attribute
from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import exported_products, template
from catalog.bulk.tests.files import counts, errors_of, imported
from catalog.inventory.models import StockItem, StockMovement
from catalog.models import Product, ProductVariant
from catalog.tests.factories import BrandFactory, CategoryFactory, VariantFactory
from marketplace.common.spreadsheets import defused, undefused
from shops.tests.factories import ShopFactory

NASTY = ["=1+1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", "'=1", "''@", "'tis", "a=b"]


def file_of(shop, file_format):
    content = b"".join(exported_products(shop.pk, file_format))
    return SimpleUploadedFile(f"products.{file_format}", content)


def cells_of(content: bytes, file_format) -> list[list[object]]:
    if file_format == FileFormat.CSV:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "inlineStr"}
    return [list(row) for row in sheet.values]


@pytest.fixture
def goods():
    """A shop whose every text would be a formula."""
    shop = ShopFactory()
    category, brand = CategoryFactory(), BrandFactory()
    for number, text in enumerate(NASTY):
        variant = VariantFactory(
            product__shop=shop, product__title=text, product__description=f"{text}\n{text}",
            product__category=category, product__brand=brand if number % 2 else None,
            product__attributes={"Chất": [text, "b|c"], "A": f"[{text}"},
            sku=normalize("NFKC", f"{text}{number}"), name=text,
            attributes={"Màu": text, "B": [text]}, stock=number,
        )  # fmt: skip
        VariantFactory(product=variant.product, sku=f"second-{number}", is_active=False)
    return shop


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", list(FileFormat))
def test_export_imported_again_changes_nothing(goods, file_format):
    models = (Product, ProductVariant, StockItem, StockMovement)
    before = [list(model.objects.order_by("pk").values()) for model in models]

    job = imported(goods, file_of(goods, file_format))

    assert (job.state, errors_of(job)) == ("done", [])
    assert counts(job) == (0, 0, 2 * len(NASTY), 0)
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", list(FileFormat))
def test_no_exported_cell_is_a_formula(goods, file_format):
    content = b"".join(exported_products(goods.pk, file_format))

    rows = cells_of(content, file_format)

    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert not [text for text in texts if text[:1] in tuple("=+-@\t\r\n＝＋－＠") and text]
    price = rows[1][rows[0].index("price")]
    assert price == (100000 if file_format == FileFormat.XLSX else "100000")


@pytest.mark.django_db
def test_export_has_neither_archived_rows_nor_those_of_others(goods):
    Product.objects.exclude(title="a=b").update(archived_at="2026-01-01T00:00:00Z")
    VariantFactory()

    rows = cells_of(b"".join(exported_products(goods.pk, FileFormat.CSV)), FileFormat.CSV)

    assert len(rows) == 1 + 2


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", list(FileFormat))
def test_template_can_be_imported_as_it_is(file_format):
    CategoryFactory(slug="thoi-trang")
    file = SimpleUploadedFile(f"t.{file_format}", b"".join(template(file_format)))

    job = imported(ShopFactory(), file)

    assert (counts(job), errors_of(job)) == ((2, 0, 0, 0), [])


@pytest.mark.django_db
def test_export_costs_the_same_statements_however_many_rows(goods, django_assert_num_queries):
    with django_assert_num_queries(3):
        list(exported_products(goods.pk, FileFormat.CSV))


@pytest.mark.parametrize("text", [*NASTY, "\tx", "\rx", "", "'", "''", "x"])
def test_undefusing_undoes_defusing(text):
    assert undefused(defused(text)) == text


@pytest.mark.parametrize(
    "value",
    ["a", "a|b", "[1]", '["a"]', '"a"', '"', ["a"], ["a", "b"], ["a|b", "c"], ["[", '"'], [" a"]],
)
def test_attribute_reads_as_it_was_written(value):
    assert read_attribute(write_attribute(value)) == value
