"""What a seller reads of its money."""

import pytest

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import VariantFactory
from orders.models import Order
from orders.payments.tests.factories import place_paid
from orders.settlement.models import LedgerEntry
from orders.settlement.services.payouts import approve_payout, mark_paid
from orders.settlement.tests.factories import make_due, make_payout

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout():
    return make_payout()


@pytest.fixture
def seller(api_as, payout):
    return api_as(payout.shop.owner)


def test_balance_is_told_by_its_parts(seller, payout, django_assert_num_queries):
    variant = VariantFactory(price_amount=200_000, product__shop=payout.shop, stock=5)
    place_paid((variant, 1))

    with django_assert_num_queries(2):
        response = seller.get("/api/v1/seller/balance")

    assert response.json() == {
        "currency": "VND",
        "pending": "220000",
        "available": "0",
        "on_hold": "0",
        "in_transit": "980000",
    }


def test_ledger_tells_every_change_and_adds_up_to_the_balance(seller, payout):
    rows = seller.get("/api/v1/seller/ledger").json()["results"]

    order = Order.objects.get()
    assert [(row["kind"], row["balance"], row["amount"]) for row in rows[:1]] == [
        ("payout", "available", "-980000")
    ]
    assert sorted((row["kind"], row["balance"], row["amount"]) for row in rows[1:]) == [
        ("release", "available", "980000"),
        ("release", "pending", "-980000"),
        ("sale", "pending", "980000"),
    ]
    assert rows[-1]["order"] == {"id": str(order.pk), "number": order.number}
    assert rows[0]["order"] is None
    assert rows[0]["payout_id"] == str(payout.pk)
    assert sum(int(row["amount"]) for row in rows) == 0


def test_ledger_is_filtered_and_takes_the_same_statements_for_any_number(
    seller, payout, django_assert_num_queries
):
    variant = VariantFactory(price_amount=200_000, product__shop=payout.shop, stock=50)
    for _ in range(5):
        place_paid((variant, 1))

    with django_assert_num_queries(2):
        rows = seller.get("/api/v1/seller/ledger", {"limit": 100}).json()["results"]
    assert len(rows) == 9
    first = seller.get("/api/v1/seller/ledger", {"limit": 4}).json()
    second = seller.get(first["next"]).json()
    third = seller.get(second["next"]).json()
    paged = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert paged == [row["id"] for row in rows]
    due = seller.get("/api/v1/seller/ledger", {"balance": "available"}).json()["results"]
    assert [row["kind"] for row in due] == ["payout", "release"]
    assert seller.get("/api/v1/seller/ledger", {"kind": "nonsense"}).status_code == 400


def test_payouts_are_listed_with_a_masked_account(seller, payout, django_assert_num_queries):
    approve_payout(payout.pk, actor=StaffFactory())
    mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT42")

    with django_assert_num_queries(2):
        (row,) = seller.get("/api/v1/seller/payouts").json()["results"]

    assert (row["status"], row["amount"], row["bank_reference"]) == ("paid", "980000", "FT42")
    assert row["bank_account_number"].endswith("6789")
    assert "0123456789" not in str(row)
    assert seller.get(f"/api/v1/seller/payouts/{payout.pk}").json() == row


def test_payout_is_explained_line_by_line(seller, payout, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        told = seller.get(f"/api/v1/seller/payouts/{payout.pk}/explain").json()

    (order,) = told["orders"]
    (sale,) = order["steps"]
    item, shipping = sale["lines"]
    assert told["amount"] == told["payout"]["amount"] == order["amount"] == "980000"
    assert (item["goods"], item["commission"], item["net"]) == ("1000000", "50000", "950000")
    assert (item["commission_rate_bps"], item["commission_rule"]) == (500, "")
    assert (shipping["order_item_id"], shipping["shipping"], shipping["net"]) == (
        None,
        "30000",
        "30000",
    )


def test_explaining_many_orders_takes_the_same_statements(
    api_as, payout, django_assert_max_num_queries
):
    variant = VariantFactory(price_amount=200_000, product__shop=payout.shop, stock=50)
    approve_payout(payout.pk, actor=StaffFactory())
    for _ in range(6):
        make_due(place_paid((variant, 1)))
    another = make_payout(payout.shop)

    with django_assert_max_num_queries(9):
        told = api_as(payout.shop.owner).get(f"/api/v1/seller/payouts/{another.pk}/explain").json()

    assert len(told["orders"]) == 7
    assert sum(int(order["amount"]) for order in told["orders"]) == another.amount


def test_other_shops_money_is_not_found(api_as, payout):
    other = make_payout()

    response = api_as(other.shop.owner).get(f"/api/v1/seller/payouts/{payout.pk}/explain")

    assert response.status_code == 404
    ledger = api_as(other.shop.owner).get("/api/v1/seller/ledger").json()["results"]
    mine = set(LedgerEntry.objects.filter(shop=other.shop).values_list("pk", flat=True))
    assert {row["id"] for row in ledger} <= {str(pk) for pk in mine}
