"""Invoices over the API: for the buyer and the seller of the order, and nobody else."""

import pytest

from accounts.tests.factories import UserFactory
from marketplace.common.testing import drain_outbox
from orders.documents.models import Document
from orders.documents.pdf import render
from orders.documents.services.invoices import issue_invoice
from orders.documents.tests.factories import delivered_cash, ready_invoice
from orders.tests.factories import place_one
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def addresses(order):
    return [
        (order.buyer, f"/api/v1/orders/{order.number}/invoice"),
        (order.shop.owner, f"/api/v1/seller/orders/{order.pk}/invoice"),
    ]


def test_both_sides_of_an_order_download_the_same_file(api_as):
    invoice = ready_invoice()

    for user, url in addresses(invoice.order):
        response = api_as(user).get(url, headers={"Accept": "application/pdf"})

        assert response.status_code == 200
        assert response.content == render(invoice)
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
        assert response["Cache-Control"] == "private, no-store"


def test_order_on_its_way_has_no_invoice(api_as):
    for user, url in addresses(place_one()):
        response = api_as(user).get(url)

        assert response.status_code == 409
        assert response.json()["error"]["code"] == "invoice_not_issued"
    assert not Document.objects.exists()


def test_invoice_that_is_being_issued_or_made_is_202(api_as):
    order = delivered_cash()

    before = [api_as(user).get(url) for user, url in addresses(order)]
    invoice = issue_invoice(order.pk)
    between = [api_as(user).get(url) for user, url in addresses(order)]
    drain_outbox()
    after = [api_as(user).get(url) for user, url in addresses(order)]

    assert [response.status_code for response in before + between + after] == [202] * 4 + [200] * 2
    assert {response["Retry-After"] for response in before + between} == {"5"}
    assert before[0].json() == {"number": None, "status": "preparing"}
    assert between[0].json() == {"number": invoice.number, "status": "preparing"}


def test_strangers_do_not_find_the_invoice(api, api_as):
    order = ready_invoice().order
    (_, bought), (_, sold) = addresses(order)

    for user in (UserFactory(), ShopFactory().owner, order.shop.owner):
        assert api_as(user).get(bought).status_code == 404
    assert api_as(ShopFactory().owner).get(sold).status_code == 404
    assert api_as(order.buyer).get(sold).status_code == 403
    assert api.get(bought).status_code == api.get(sold).status_code == 401


def test_download_costs_a_fixed_number_of_queries(api_as, django_assert_num_queries):
    order = ready_invoice().order
    (buyer, bought), (seller, sold) = addresses(order)

    with django_assert_num_queries(2):
        api_as(buyer).get(bought)
    with django_assert_num_queries(3):
        api_as(seller).get(sold)
