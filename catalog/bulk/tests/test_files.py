"""Files as a whole: what is refused, and how a workbook is read."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.bulk import constants, files, services
from catalog.bulk.errors import BrokenFile
from catalog.bulk.models import ImportJob
from catalog.bulk.services import request_import
from catalog.bulk.tests.files import csv_file, errors_of, imported, xlsx_file
from catalog.models import Product
from catalog.tests.factories import CategoryFactory, VariantFactory
from marketplace.common.errors import InvalidInput
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["title", "price"], ["a", "1"]], "The column sku is missing from the first row."),
        ([["sku", "colour"], ["a", "1"]], "Unknown column colour."),
        ([["sku", "SKU"], ["a", "1"]], "The column sku stands twice."),
        ([["sku", "attribute:"], ["a", "1"]], "attribute:: Names have 1 to 60 characters."),
        ([["sku", "", "price"], ["a", "", "1"]], "Unknown column (empty)."),
        ([["sku", *[f"attribute:{n}" for n in range(250)]], ["a"]], "At most 250 columns."),
    ],
)
@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_file_with_wrong_columns_is_refused_at_the_door(make, rows, message):
    with pytest.raises(InvalidInput) as refusal:
        request_import(ShopFactory().pk, actor=None, upload=make(rows))

    assert str(refusal.value) == message
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_file_without_rows_fails(make):
    job = imported(ShopFactory(), make([["sku", "price"]]))

    assert (job.state, job.processed_rows) == ("failed", 0)
    assert job.message == "The file has no rows below the first one."
    assert not job.file


def test_column_of_addresses_is_refused_with_the_reason():
    file = csv_file([["sku", "image_url"], ["a", "http://127.0.0.1/"]])

    with pytest.raises(InvalidInput, match="fetches nothing from other addresses"):
        request_import(ShopFactory().pk, actor=None, upload=file)


def test_text_in_another_encoding_is_refused():
    file = SimpleUploadedFile("a.csv", "sku,title\nA,Áo".encode("utf-16"))
    latin = SimpleUploadedFile("a.csv", "sku,title\nA,Áo".encode("latin-1"))

    with pytest.raises(InvalidInput, match="CSV file in UTF-8"):
        request_import(ShopFactory().pk, actor=None, upload=file)

    with pytest.raises(InvalidInput, match="not in UTF-8"):
        request_import(ShopFactory().pk, actor=None, upload=latin)


def test_too_many_rows_fail_before_any_is_applied(monkeypatch):
    monkeypatch.setattr(services, "MAX_ROWS", 2)
    shop = ShopFactory()
    VariantFactory(product__shop=shop, sku="A-1")
    rows = [["sku", "price"], ["A-1", "5"], ["A-2", "5"], ["A-3", "5"]]

    job = imported(shop, csv_file(rows))

    assert (job.state, job.message) == ("failed", "At most 2 rows: split the file.")
    assert Product.objects.get().min_price_amount == 100_000


def test_too_large_file_is_refused_before_it_is_stored(monkeypatch):
    monkeypatch.setattr(services, "MAX_FILE_BYTES", 10)

    with pytest.raises(InvalidInput):
        request_import(ShopFactory().pk, actor=None, upload=csv_file([["sku"], ["A-1"] * 9]))

    assert not ImportJob.objects.exists()


def workbook(parts: dict[str, bytes], **sizes) -> SimpleUploadedFile:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("bomb.xlsx", file.getvalue())


SHELL = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


@pytest.mark.parametrize(
    "parts",
    [
        SHELL | {"xl/worksheets/sheet1.xml": b" " * 30_000_000},
        SHELL | {"xl/sharedStrings.xml": bytes(range(256)) * 200_000},
        SHELL | {f"xl/media/{number}": b"" for number in range(300)},
    ],
    ids=["ratio", "shared texts", "entries"],
)
def test_zip_bomb_is_refused_at_the_door(parts):
    with pytest.raises(InvalidInput, match="unpacks to too much"):
        request_import(ShopFactory().pk, actor=None, upload=workbook(parts))

    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 and then nothing", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b""],
    ids=["torn", "old Excel", "empty"],
)
def test_what_is_no_table_is_refused(content):
    with pytest.raises(InvalidInput):
        request_import(ShopFactory().pk, actor=None, upload=SimpleUploadedFile("a.xlsx", content))


def _changed(sheet_xml) -> SimpleUploadedFile:
    """A real workbook with another sheet put into it."""
    source = zipfile.ZipFile(io.BytesIO(xlsx_file([["sku"], ["A-1"]]).read()))
    parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet_xml
    return workbook(parts)


def test_entities_in_a_workbook_are_not_expanded():
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "AAAA"><!ENTITY b "&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData>'
        b"</worksheet>"
    )

    with pytest.raises(InvalidInput, match="The workbook is damaged"):
        request_import(ShopFactory().pk, actor=None, upload=_changed(xml))


def test_cells_and_rows_far_out_cost_nothing():
    xml = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c>'
        b'<c r="XFD1" t="inlineStr"><is><t>far</t></is></c></row>'
        b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData></worksheet>'
    )

    job = imported(ShopFactory(), _changed(xml))

    assert (job.state, job.message) == ("failed", "The file has no rows below the first one.")


def test_cells_of_a_workbook_read_as_they_would_in_a_csv():
    file = xlsx_file([["sku", 1.0, 1.5, 12345678, True, None, date(2026, 1, 2), "=A1+1", "x"]])

    with files.open_rows(file, "xlsx") as rows:
        assert list(rows) == [
            (
                1,
                ["sku", "1", "1.5", "12345678", "true", "", "2026-01-02T00:00:00", "=A1+1", "x"],
            )
        ]


def test_formula_is_the_text_of_it():
    shop, _ = ShopFactory(), CategoryFactory(slug="ao")
    rows = [["sku", "title", "category", "price"], ["A-1", '=HYPERLINK("x")', "ao", "=1+1"]]
    rows.append(["A-2", '=HYPERLINK("x")', "ao", "5"])

    job = imported(shop, xlsx_file(rows))

    assert errors_of(job) == [(2, "price", "invalid"), (3, "", "product_refused")]


def test_file_is_gone_once_the_import_has_ended():
    shop = ShopFactory()
    job = request_import(shop.pk, actor=None, upload=csv_file([["sku"], ["A-1"]]))
    name = job.file.name
    assert default_storage.exists(name)

    services.run_import(job.pk)

    assert not default_storage.exists(name)


def test_lost_file_fails_the_import():
    job = request_import(ShopFactory().pk, actor=None, upload=csv_file([["sku"], ["A-1"]]))
    default_storage.delete(job.file.name)

    services.run_import(job.pk)

    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "The file is gone. Upload it again.")


def test_row_of_a_million_cells_is_refused_before_they_are_there():
    file = io.BytesIO(b"sku\na\n" + b"," * 2**21)
    is_too_long = pytest.raises(BrokenFile, match="A row is too long")

    with is_too_long, files.open_rows(file, constants.FileFormat.CSV) as rows:
        list(rows)


def test_quoted_texts_of_any_length_stay_within_bounds():
    file = ContentFile(b'sku\n"' + b"x" * 200_000 + b'"\n')

    with pytest.raises(BrokenFile), files.open_rows(file, constants.FileFormat.CSV) as rows:
        list(rows)
