"""Imports and exports by HTTP."""

import pytest

from catalog.bulk.constants import MAX_UNFINISHED
from catalog.bulk.models import ImportJob, ImportRowError
from catalog.bulk.services import run_import
from catalog.bulk.tests.files import csv_file, xlsx_file
from catalog.models import Product
from catalog.tests.factories import CategoryFactory, VariantFactory
from marketplace.celery import app
from marketplace.common.outbox.services import dispatch
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

IMPORT = "/api/v1/seller/products/import"
ROWS = [["sku", "title", "category", "price"], ["A-1", "Áo", "ao", "5000"], ["A-2", "Áo", "x", ""]]


@pytest.fixture
def shop():
    CategoryFactory(slug="ao")
    return ShopFactory()


@pytest.fixture
def seller(api_as, shop):
    return api_as(shop.owner)


def upload(client, file=None, **values):
    return client.post(IMPORT, {"file": file or csv_file(ROWS), **values}, format="multipart")


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_import_is_accepted_and_can_be_followed(seller, make):
    response = upload(seller, make([*ROWS, ["B-1", "Quần", "ao", "7000"]]))

    assert response.status_code == 202, response.content
    body = response.json()
    assert (body["state"], body["total_rows"], body["dry_run"]) == ("pending", None, False)
    run_import(body["id"])
    shown = seller.get(f"/api/v1/seller/imports/{body['id']}").json()
    assert {name: shown[name] for name in shown if name.endswith("_rows")} == {
        "total_rows": 3,
        "processed_rows": 3,
        "created_rows": 1,
        "updated_rows": 0,
        "unchanged_rows": 0,
        "failed_rows": 2,
    }
    assert shown["state"] == "done"
    assert [(row["row"], row["column"], row["code"]) for row in shown["errors"]] == [
        (2, "", "product_refused"),
        (3, "category", "conflict"),
    ]
    listed = seller.get("/api/v1/seller/imports").json()["results"]
    assert [row["id"] for row in listed] == [body["id"]]
    assert "errors" not in listed[0]


def test_errors_are_a_file_without_formulas(seller, shop):
    job_id = upload(seller, csv_file([["sku", "price", "brand"], ["A", "", "=1+1"]])).json()["id"]
    run_import(job_id)
    job = ImportJob.objects.get()
    ImportRowError.objects.create(job=job, row=9, column="@x", code="x", message="=1+1")

    response = seller.get(f"/api/v1/seller/imports/{job_id}/errors?format=csv")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    lines = text.splitlines()
    assert lines[0] == "row,column,code,message"
    assert lines[1] == "2,brand,does_not_exist,There is no brand =1+1."
    assert lines[-1] == "9,'@x,x,'=1+1"


def test_dry_run_is_said_in_the_form(seller):
    body = upload(seller, dry_run="true").json()

    run_import(body["id"])

    assert body["dry_run"] is True
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "file"),
        ({"file": "text"}, "file"),
        ({"file": csv_file([["sku"]]), "dry_run": "x"}, "dry_run"),
    ],
)
def test_wrong_form_is_refused(seller, values, field):
    response = seller.post(IMPORT, values, format="multipart")

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == field
    assert not ImportJob.objects.exists()


def test_too_many_waiting_imports_are_refused(seller):
    for _ in range(MAX_UNFINISHED):
        assert upload(seller).status_code == 202

    response = upload(seller)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "too_many_imports")
    assert ImportJob.objects.count() == MAX_UNFINISHED


def test_import_is_cancelled_once(seller):
    job_id = upload(seller).json()["id"]

    first = seller.post(f"/api/v1/seller/imports/{job_id}/cancel")
    second = seller.post(f"/api/v1/seller/imports/{job_id}/cancel")

    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert (second.status_code, second.json()["error"]["code"]) == (409, "import_ended")
    assert run_import(job_id) is False
    assert not Product.objects.exists()


def test_imports_of_another_shop_are_not_there(seller, api_as):
    job_id = upload(seller).json()["id"]
    other = api_as(ShopFactory().owner)

    for path in ("", "/errors"):
        assert other.get(f"/api/v1/seller/imports/{job_id}{path}").status_code == 404
    assert other.post(f"/api/v1/seller/imports/{job_id}/cancel").status_code == 404
    assert other.get("/api/v1/seller/imports").json()["results"] == []
    assert ImportJob.objects.get().state == "pending"


@pytest.mark.parametrize("path", ["export", "import/template"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_files_are_downloads(seller, shop, path, file_format):
    VariantFactory(product__shop=shop)

    response = seller.get(
        f"/api/v1/seller/products/{path}?format={file_format}", headers={"Accept": "text/csv"}
    )

    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content)[:2] in {b"\xef\xbb", b"PK"}


def test_unknown_format_is_refused(seller):
    response = seller.get("/api/v1/seller/products/export?format=pdf")

    assert response.status_code == 400


def test_list_of_imports_costs_the_same_statements(seller, shop, django_assert_num_queries):
    for _ in range(3):
        ImportJob.objects.create(shop=shop, format="csv")

    with django_assert_num_queries(2):
        seller.get("/api/v1/seller/imports")


@pytest.mark.django_db(transaction=True)
def test_uploaded_file_is_applied_by_way_of_the_outbox(seller, monkeypatch):
    monkeypatch.setattr(app.conf, "task_always_eager", True)
    upload(seller)

    dispatch()

    assert ImportJob.objects.get().state == "done"
