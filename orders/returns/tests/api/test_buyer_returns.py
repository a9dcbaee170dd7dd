"""Buyers ask for returns, follow them, cancel and dispute them."""

import json

import pytest

from accounts.tests.factories import UserFactory
from marketplace.common.testing import image_upload
from orders.models import Order
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return
from orders.returns.services.answering import approve_return
from orders.returns.tests.factories import ask, delivered, return_in, seller_of
from orders.tests.factories import place_one
from shops.models import Shop

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/orders"
RETURNS = "/api/v1/returns"


def body(order, quantity=1, **changes):
    items = [{"order_item_id": str(item.pk), "quantity": quantity} for item in order.items.all()]
    return {"items": items, "reason": "damaged", "comment": "Rách", **changes}


def test_return_is_asked_for_by_item_and_quantity(api_as):
    order = delivered()
    api = api_as(order.buyer)

    response = api.post(f"{ORDERS}/{order.number}/returns", body(order, 2))

    assert response.status_code == 201, response.content
    made = response.json()
    assert (made["status"], made["reason"], made["comment"]) == ("requested", "damaged", "Rách")
    assert made["order_number"] == order.number
    assert [(row["quantity"], row["received_quantity"]) for row in made["items"]] == [(2, None)]
    assert [(row["status"], row["by"]) for row in made["timeline"]] == [("requested", "buyer")]
    assert (made["refund"], made["dispute"], made["send_to"]) == (None, None, None)
    assert api.get(f"{RETURNS}/{made['id']}").json() == made
    assert api.get(f"{ORDERS}/{order.pk}/returns").json()["results"] == [made]
    assert api.get(RETURNS).json()["results"] == [made]
    assert api.get(f"{ORDERS}/{order.pk}").json()["returns"] == [made]


def test_photos_come_in_the_same_request(api_as):
    order = delivered()
    form = body(order)
    form |= {"items": json.dumps(form["items"]), "images": [image_upload("JPEG"), image_upload()]}

    response = api_as(order.buyer).post(f"{ORDERS}/{order.pk}/returns", form, format="multipart")

    assert response.status_code == 201, response.content
    assert len(response.json()["photos"]) == 2
    assert Return.objects.get().photos.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": "none"}, "items"),
        ({"reason": "bored"}, "reason"),
        ({"reason": None}, "reason"),
        ({"comment": "x" * 2_001}, "comment"),
    ],
)
def test_bad_bodies_are_refused(api_as, changes, field):
    order = delivered()

    response = api_as(order.buyer).post(f"{ORDERS}/{order.pk}/returns", body(order, **changes))

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"].startswith(field)
    assert not Return.objects.exists()


def test_item_is_named_once(api_as):
    order = delivered()
    twice = body(order)["items"] * 2

    response = api_as(order.buyer).post(f"{ORDERS}/{order.pk}/returns", body(order, items=twice))

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["code"] == "duplicate"


def test_refusals_say_what_is_left(api_as):
    order = delivered()
    api = api_as(order.buyer)
    ask(order, 2)

    response = api.post(f"{ORDERS}/{order.pk}/returns", body(order, 2))

    assert response.status_code == 409
    error = response.json()["error"]
    assert error["code"] == "units_not_returnable"
    assert error["details"][0]["field"] == "items.0.quantity"
    assert error["details"][0]["returnable"] == 1


def test_what_was_not_delivered_is_a_conflict(api_as):
    order = place_one()

    response = api_as(order.buyer).post(f"{ORDERS}/{order.pk}/returns", body(order))

    assert (response.status_code, response.json()["error"]["code"]) == (409, "not_returnable")


def test_others_find_nothing(api_as):
    row = return_in(ReturnStatus.REJECTED)
    api = api_as(UserFactory())

    for method, path, data in (
        ("get", f"{ORDERS}/{row.order_id}/returns", None),
        ("post", f"{ORDERS}/{row.order_id}/returns", body(row.order)),
        ("get", f"{RETURNS}/{row.pk}", None),
        ("post", f"{RETURNS}/{row.pk}/cancel", {}),
        ("post", f"{RETURNS}/{row.pk}/dispute", {"reason": "Mine"}),
    ):
        assert getattr(api, method)(path, data).status_code == 404
    assert api.get(RETURNS).json()["results"] == []
    row.refresh_from_db()
    assert row.status == "rejected"


def test_approved_return_says_where_the_goods_go(api_as):
    row = ask(delivered())
    Shop.objects.filter(pk=row.shop_id).update(pickup_address={"line1": "1 Lê Lợi"})
    approve_return(row.pk, **seller_of(row))

    found = api_as(row.order.buyer).get(f"{RETURNS}/{row.pk}").json()

    assert found["send_to"] == {"line1": "1 Lê Lợi"}


def test_cancel_and_dispute_answer_with_the_return(api_as):
    kept, rejected = ask(delivered()), return_in(ReturnStatus.REJECTED)

    first = api_as(kept.order.buyer).post(f"{RETURNS}/{kept.pk}/cancel")
    second = api_as(rejected.order.buyer).post(
        f"{RETURNS}/{rejected.pk}/dispute", {"reason": "It came so."}
    )

    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert (second.status_code, second.json()["status"]) == (200, "disputed")
    assert second.json()["dispute"]["reason"] == "It came so."
    again = api_as(kept.order.buyer).post(f"{RETURNS}/{kept.pk}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "invalid_transition")


def test_lists_are_filtered_by_status(api_as):
    row = return_in(ReturnStatus.APPROVED)
    api = api_as(row.order.buyer)

    assert len(api.get(f"{RETURNS}?status=approved").json()["results"]) == 1
    assert api.get(f"{RETURNS}?status=requested").json()["results"] == []
    assert api.get(f"{RETURNS}?status=nope").status_code == 400


def test_list_takes_the_same_statements_for_any_number(api_as, django_assert_num_queries):
    order = delivered()
    for _ in range(3):
        ask(order, 1)
    api = api_as(order.buyer)

    with django_assert_num_queries(4):  # returns, lines, photos, timelines
        response = api.get(RETURNS)

    assert len(response.json()["results"]) == 3


def test_order_shows_its_refunds_and_returns(api_as, django_assert_num_queries):
    row = return_in(ReturnStatus.REFUNDED)
    api = api_as(row.order.buyer)

    with django_assert_num_queries(6 + 2 + 4):
        found = api.get(f"{ORDERS}/{row.order_id}").json()

    (refund,) = found["refunds"]
    item = row.order.items.get()
    assert (refund["kind"], refund["status"]) == ("return", "succeeded")
    assert refund["amount"] == str(item.line_total_amount)
    assert refund["lines"] == [
        {
            "order_item_id": str(item.pk),
            "quantity": item.quantity,
            "amount": str(item.line_total_amount),
        }
    ]
    assert [returned["status"] for returned in found["returns"]] == ["refunded"]
    assert found["returns"][0]["refund"]["id"] == refund["id"]
    assert Order.objects.get(pk=row.order_id).payment_status == "partially_refunded"
