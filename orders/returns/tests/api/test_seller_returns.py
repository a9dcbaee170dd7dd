"""Sellers answer returns, receive goods, and send money back by themselves."""

import pytest

from marketplace.common.testing import run_in_parallel
from orders.payments.models import Refund
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import ask, delivered, return_in
from orders.tests.factories import place_one
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

RETURNS = "/api/v1/seller/returns"
ORDERS = "/api/v1/seller/orders"


def change(api, row, **body):
    return api.patch(f"{RETURNS}/{row.pk}", body)


def test_seller_sees_the_shops_returns_by_status(api_as, django_assert_num_queries):
    order = delivered()
    first, second = ask(order, 1), ask(order, 1)
    ask(delivered())
    api = api_as(order.shop.owner)

    with django_assert_num_queries(5):  # the shop, its returns, lines, photos, timelines
        rows = api.get(RETURNS).json()["results"]

    assert [row["id"] for row in rows] == [str(second.pk), str(first.pk)]
    assert rows[0]["buyer_name"] == order.buyer.full_name
    change(api, first, status="approved")
    assert [row["id"] for row in api.get(f"{RETURNS}?status=approved").json()["results"]] == [
        str(first.pk)
    ]


def test_seller_approves_receives_in_part_and_the_money_goes(api_as):
    row = ask(delivered())
    api = api_as(row.order.shop.owner)
    item = row.order.items.get()

    approved = change(api, row, status="approved", reason="Send it")
    received = change(
        api,
        row,
        status="received",
        refund_shipping=True,
        items=[{"order_item_id": str(item.pk), "quantity": 2, "disposition": "write_off"}],
    )

    assert (approved.status_code, approved.json()["answer"]) == (200, "Send it")
    assert received.status_code == 200, received.content
    answer = received.json()
    assert (answer["status"], answer["refund_shipping"]) == ("received", True)
    (line,) = answer["items"]
    assert (line["quantity"], line["received_quantity"], line["disposition"]) == (3, 2, "write_off")
    due = 2 * item.unit_price_amount + row.order.shipping_fee_amount
    assert (answer["refund"]["status"], answer["refund"]["amount"]) == ("pending", str(due))


def test_rejecting_needs_a_reason(api_as):
    row = ask(delivered())
    api = api_as(row.order.shop.owner)

    refused = change(api, row, status="rejected")
    rejected = change(api, row, status="rejected", reason="Worn")

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "reason"
    assert (rejected.status_code, rejected.json()["answer"]) == (200, "Worn")


def test_seller_takes_no_steps_of_others(api_as):
    row = ask(delivered())
    api = api_as(row.order.shop.owner)

    for status in ("refunded", "cancelled", "disputed", "decided", "requested"):
        assert change(api, row, status=status).status_code == 400
    assert change(api, row, status="received").status_code == 409
    row.refresh_from_db()
    assert row.status == "requested"


def test_items_of_others_and_more_than_was_sent_are_refused(api_as):
    row, other = return_in(ReturnStatus.APPROVED), delivered()
    api = api_as(row.order.shop.owner)

    for item, quantity in ((other.items.get(), 1), (row.order.items.get(), 4)):
        items = [{"order_item_id": str(item.pk), "quantity": quantity}]
        assert change(api, row, status="received", items=items).status_code == 400

    row.refresh_from_db()
    assert (row.status, Refund.objects.count()) == ("approved", 0)


def test_another_shops_returns_are_not_found(api_as):
    row = ask(delivered())
    api = api_as(ShopFactory().owner)

    assert api.get(f"{RETURNS}/{row.pk}").status_code == 404
    assert change(api, row, status="approved").status_code == 404
    assert api.get(f"{ORDERS}/{row.order_id}/refunds").status_code == 404
    assert api.get(RETURNS).json()["results"] == []


def test_shop_refunds_units_and_amounts(api_as):
    order = delivered()
    item = order.items.get()
    api = api_as(order.shop.owner)
    url = f"{ORDERS}/{order.number}/refunds"
    units = {"items": [{"order_item_id": str(item.pk), "quantity": 1}], "reason": "Scratched"}

    first = api.post(url, units)
    second = api.post(url, {"amount": "1000", "reason": "Late"})

    assert first.status_code == second.status_code == 201, first.content
    assert first.json()["amount"] == str(item.unit_price_amount)
    assert (first.json()["kind"], first.json()["reason"]) == ("goodwill", "Scratched")
    assert second.json()["amount"] == "1000"
    assert [row["id"] for row in api.get(url).json()["results"]] == [
        second.json()["id"],
        first.json()["id"],
    ]
    seen = api_as(order.buyer).get(f"/api/v1/orders/{order.pk}").json()["refunds"]
    assert seen == [first.json(), second.json()]
    assert Refund.objects.get(pk=first.json()["id"]).requested_by == order.shop.owner


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "x"},
        {"amount": "1000"},
        {"amount": "0", "reason": "x"},
        {"amount": "-5", "reason": "x"},
        {"amount": "1.5", "reason": "x"},
        {"items": [], "reason": "x"},
    ],
)
def test_bad_refunds_are_refused(api_as, body):
    order = delivered()

    response = api_as(order.shop.owner).post(f"{ORDERS}/{order.pk}/refunds", body)

    assert response.status_code == 400
    assert not Refund.objects.exists()


def test_more_than_was_paid_and_what_was_not_paid_are_conflicts(api_as):
    order, unpaid = delivered(), place_one()
    much = {"amount": str(order.total_amount + 1), "reason": "x"}

    first = api_as(order.shop.owner).post(f"{ORDERS}/{order.pk}/refunds", much)
    second = api_as(unpaid.shop.owner).post(
        f"{ORDERS}/{unpaid.pk}/refunds", {"amount": "1", "reason": "x"}
    )

    assert (first.status_code, first.json()["error"]["code"]) == (409, "refund_exceeds_payment")
    assert (second.status_code, second.json()["error"]["code"]) == (409, "refund_not_possible")
    assert not Refund.objects.exists()


def test_key_makes_one_refund_of_many_requests(api_as):
    order = delivered()
    api = api_as(order.shop.owner)
    url, key = f"{ORDERS}/{order.pk}/refunds", {"Idempotency-Key": "one"}
    body = {"amount": "1000", "reason": "Late"}

    first = api.post(url, body, headers=key)
    again = api.post(url, body, headers=key)
    other = api.post(url, {**body, "amount": "2000"}, headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_refunds_of_sixty_percent_at_once_make_one(api_as):
    order = delivered()
    body = {"amount": str(order.total_amount * 6 // 10), "reason": "Late"}
    owner = order.shop.owner

    statuses = run_in_parallel(
        lambda: api_as(owner).post(f"{ORDERS}/{order.pk}/refunds", body).status_code, times=50
    )

    assert sorted(statuses) == [201] + [409] * 49
    assert Refund.objects.count() == 1


def test_large_refund_waits_for_a_second_person(api_as, settings):
    settings.REFUND_APPROVAL_AMOUNT = 999
    order = delivered()

    response = api_as(order.shop.owner).post(
        f"{ORDERS}/{order.pk}/refunds", {"amount": "1000", "reason": "Late"}
    )

    assert response.json()["status"] == "awaiting_approval"
