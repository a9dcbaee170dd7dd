"""Statements over the API: of one's own shop alone."""

import pytest

from orders.documents.models import DocumentFile
from orders.documents.pdf import render
from orders.documents.services.rendering import render_document
from orders.documents.tests.factories import ready_statement
from orders.payments.tests.factories import place_paid
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/seller/statements"


@pytest.fixture
def statement():
    return ready_statement(place_paid().shop)


def test_seller_reads_the_sums_and_what_they_are_of(api_as, statement):
    seller = api_as(statement.shop.owner)

    (row,) = seller.get(URL).json()["results"]
    detail = seller.get(f"{URL}/{statement.pk}").json()

    assert row["number"] == statement.number
    assert row["month"] == statement.facts["month"]
    assert row["status"] == "ready"
    sums = ("opening", "sales", "refunds", "commission", "payouts", "other", "closing")
    assert [row[name] for name in sums] == ["0", "130000", "0", "-5000", "0", "0", "125000"]
    assert row["carrier_cash"] == "0"
    assert {name: detail[name] for name in row} == row
    assert detail["balance"] == {
        "pending": "125000",
        "available": "0",
        "on_hold": "0",
        "in_transit": "0",
    }
    (line,) = detail["lines"]
    amounts = ("buyer", "platform", "commission", "net")
    assert [line[name] for name in amounts] == ["130000", "0", "-5000", "125000"]
    assert line["order_number"] == statement.shop.orders.get().number


def test_seller_downloads_the_file(api_as, statement):
    seller = api_as(statement.shop.owner)

    response = seller.get(f"{URL}/{statement.pk}/pdf", headers={"Accept": "application/pdf"})

    assert response.status_code == 200
    assert response.content == render(statement)
    assert response["Content-Disposition"] == f'attachment; filename="{statement.number}.pdf"'


def test_file_that_is_being_made_is_202(api_as, statement):
    DocumentFile.objects.update(rendered_at=None, name="")
    seller = api_as(statement.shop.owner)

    response = seller.get(f"{URL}/{statement.pk}/pdf")

    assert response.status_code == 202
    assert response.json() == {"number": statement.number, "status": "preparing"}
    assert seller.get(URL).json()["results"][0]["status"] == "preparing"
    render_document(statement.pk)
    assert seller.get(f"{URL}/{statement.pk}/pdf").status_code == 200


def test_other_shops_find_nothing(api, api_as, statement):
    other = api_as(ShopFactory().owner)

    assert other.get(URL).json()["results"] == []
    for url in (f"{URL}/{statement.pk}", f"{URL}/{statement.pk}/pdf"):
        assert other.get(url).status_code == 404
        assert api_as(statement.shop.orders.get().buyer).get(url).status_code == 403
        assert api.get(url).status_code == 401


def test_list_costs_the_same_however_long(api_as, statement, django_assert_num_queries):
    seller = api_as(statement.shop.owner)

    with django_assert_num_queries(2) as captured:
        seller.get(URL)

    # The lines of a statement stay in the database.
    assert '"documents_document"."facts",' not in captured.captured_queries[-1]["sql"]
