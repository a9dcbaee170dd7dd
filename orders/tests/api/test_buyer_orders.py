"""Reading, cancelling and confirming one's own orders."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.inventory.models import StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments.models import Payment, PaymentShare, Refund
from orders.payments.tests.factories import place_paid
from orders.tests.factories import make_unpaid, place, place_one

URL = "/api/v1/orders"

pytestmark = pytest.mark.django_db


def advance(order: Order, *steps: OrderStatus) -> Order:
    for step in steps:
        change_status(order.pk, step, actor=order.shop.owner, actor_kind=ActorKind.SELLER)
    order.refresh_from_db()
    return order


DELIVERY = (
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


def test_list_shows_own_orders_newest_first(api_as):
    first = place_one()
    second = place_one(buyer=first.buyer)
    place_one()

    response = api_as(first.buyer).get(URL)

    assert [row["id"] for row in response.data["results"]] == [str(second.pk), str(first.pk)]
    assert response.data["next"] is None


def test_list_pages_without_gap_or_repetition(api_as):
    buyer = UserFactory()
    orders = [place_one(buyer=buyer) for _ in range(5)]
    client = api_as(buyer)

    seen, url = [], f"{URL}?limit=2"
    while url:
        page = client.get(url).data
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert seen == [str(order.pk) for order in reversed(orders)]


def test_list_takes_the_same_statements_for_any_number(api_as, django_assert_num_queries):
    buyer = UserFactory()
    for _ in range(3):
        place((VariantFactory(), 1), (VariantFactory(), 1), buyer=buyer)

    with django_assert_num_queries(2):
        response = api_as(buyer).get(URL)

    assert len(response.data["results"]) == 6


def test_list_filters_by_status_and_time(api_as):
    buyer = UserFactory()
    placed, cancelled = place_one(buyer=buyer), place_one(buyer=buyer)
    client = api_as(buyer)
    client.post(f"{URL}/{cancelled.pk}/cancel", {"reason": "Đổi ý"})

    by_status = client.get(f"{URL}?status=cancelled").data["results"]
    later = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    after = client.get(f"{URL}?placed_after={later}").data["results"]
    before = client.get(f"{URL}?placed_before={later}&status=placed").data["results"]

    assert [row["id"] for row in by_status] == [str(cancelled.pk)]
    assert after == []
    assert [row["id"] for row in before] == [str(placed.pk)]


@pytest.mark.parametrize("query", ["status=lost", "placed_after=soon", "cursor=abc", "limit=0"])
def test_list_refuses_what_it_does_not_know(api_as, query):
    response = api_as(UserFactory()).get(f"{URL}?{query}")

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == query.split("=")[0]


def test_detail_by_id_and_number_are_the_same(api_as, django_assert_num_queries):
    order = place_one()
    client = api_as(order.buyer)

    by_id = client.get(f"{URL}/{order.pk}")
    with django_assert_num_queries(4):
        by_number = client.get(f"{URL}/{order.number.lower()}")

    assert by_id.status_code == by_number.status_code == 200
    assert by_id.content == by_number.content


def test_detail_keeps_only_the_wanted_fields(api_as):
    order = place_one()

    response = api_as(order.buyer).get(f"{URL}/{order.pk}?fields=id,total")

    assert response.data == {"id": str(order.pk), "total": "130000"}


@pytest.mark.parametrize("verb", ["", "/cancel", "/confirm"])
def test_order_of_somebody_else_is_not_found(api_as, verb):
    order = place_one()
    stranger = api_as(UserFactory())

    url = f"{URL}/{order.pk}{verb}"
    response = stranger.post(url, {"reason": "x"}) if verb else stranger.get(url)

    assert response.status_code == 404
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED
    assert not OutboxEvent.objects.exclude(topic="orders.placed").exists()


def test_cancelling_gives_stock_back_and_keeps_the_sibling(api_as):
    checkout = place((VariantFactory(stock=1), 1), (VariantFactory(stock=1), 1))
    order, sibling = checkout.orders.order_by("pk")

    response = api_as(checkout.buyer).post(f"{URL}/{order.pk}/cancel", {"reason": "Đổi ý"})

    assert response.status_code == 200
    assert response.data["status"] == "cancelled"
    assert response.data["cancel_reason"] == "Đổi ý"
    assert response.data["timeline"][-1]["by"] == "buyer"
    sibling.refresh_from_db()
    assert sibling.status == OrderStatus.PLACED
    assert sorted(StockItem.objects.values_list("reserved", flat=True)) == [0, 1]
    variant = order.items.get().variant
    assert variant.product.in_stock is True
    assert Payment.objects.get().status == "pending"


def test_cancelling_every_order_closes_the_payment(api_as):
    order = place_one()

    api_as(order.buyer).post(f"{URL}/{order.pk}/cancel", {"reason": "Đổi ý"})

    assert Payment.objects.get().status == "cancelled"
    assert order.checkout.orders.get().payment_status == "unpaid"


def test_cancelling_again_with_the_same_key_gives_the_first_answer(api_as):
    order = place_paid((VariantFactory(), 1))
    client, url, key = api_as(order.buyer), f"{URL}/{order.pk}/cancel", {"Idempotency-Key": "one"}

    first = client.post(url, {"reason": "Đổi ý"}, headers=key)
    again = client.post(f"{URL}/{order.number}/cancel", {"reason": "Đổi ý"}, headers=key)
    other = client.post(url, {"reason": "Hết tiền"}, headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    assert Refund.objects.get().amount == order.total_amount
    assert order.events.filter(to_status=OrderStatus.CANCELLED).count() == 1


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_buyer_cannot_cancel_what_the_shop_has_confirmed(api_as, steps):
    order = advance(place_one(), *DELIVERY[:steps])

    response = api_as(order.buyer).post(f"{URL}/{order.pk}/cancel", {"reason": "Đổi ý"})

    assert response.status_code == 409
    assert response.data["error"]["code"] == "invalid_transition"
    before = order.status
    order.refresh_from_db()
    assert order.status == before


def test_cancelling_without_a_reason_is_refused(api_as):
    order = place_one()

    response = api_as(order.buyer).post(f"{URL}/{order.pk}/cancel", {})

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == "reason"


def test_confirming_receipt_completes_a_delivered_order(api_as):
    order = advance(place_one(), *DELIVERY)

    response = api_as(order.buyer).post(f"{URL}/{order.pk}/confirm")

    assert response.status_code == 200
    assert response.data["status"] == "completed"
    assert [entry["status"] for entry in response.data["timeline"]] == [
        "placed",
        "confirmed",
        "packed",
        "shipped",
        "delivered",
        "completed",
    ]


def test_confirming_receipt_too_early_is_refused(api_as):
    order = advance(place_one(), *DELIVERY[:3])

    response = api_as(order.buyer).post(f"{URL}/{order.pk}/confirm")

    assert response.status_code == 409


def test_delivered_cash_order_is_paid_and_counted_as_sold():
    checkout = place((VariantFactory(), 2), (VariantFactory(), 1))
    first, second = checkout.orders.order_by("pk")

    advance(first, *DELIVERY)

    payment = Payment.objects.get()
    assert first.payment_status == "paid"
    assert payment.status == "pending"
    captured = dict(PaymentShare.objects.values_list("order_id", "captured_amount"))
    assert captured == {first.pk: first.total_amount, second.pk: 0}

    advance(second, *DELIVERY)
    drain_outbox()

    payment.refresh_from_db()
    assert payment.status == "captured"
    assert payment.captured_at is not None
    product = first.items.get().variant.product
    assert product.sold_count == first.items.get().quantity
    assert product.shop.sold_count == first.items.get().quantity


def test_checkout_shows_the_status_of_its_orders(api_as):
    checkout = place((VariantFactory(), 1), (VariantFactory(), 1))
    first, second = checkout.orders.all()
    client = api_as(checkout.buyer)
    url = f"/api/v1/checkouts/{checkout.pk}"

    assert client.get(url).data["status"] == "placed"
    client.post(f"{URL}/{first.pk}/cancel", {"reason": "x"})
    assert client.get(url).data["status"] == "placed"
    client.post(f"{URL}/{second.pk}/cancel", {"reason": "x"})
    assert client.get(url).data["status"] == "cancelled"


def test_checkout_and_payment_of_somebody_else_are_not_found(api_as):
    checkout = place((VariantFactory(), 1))
    payment = Payment.objects.get()
    stranger = api_as(UserFactory())

    assert stranger.get(f"/api/v1/checkouts/{checkout.pk}").status_code == 404
    assert stranger.get(f"/api/v1/payments/{payment.pk}").status_code == 404
    assert api_as(checkout.buyer).get(f"/api/v1/payments/{payment.pk}").status_code == 200


def test_paying_a_cash_checkout_online_is_refused(api_as):
    checkout = place((VariantFactory(), 1))

    response = api_as(checkout.buyer).post(
        f"/api/v1/checkouts/{checkout.pk}/pay", {"payment_method": "COD"}
    )

    assert response.status_code == 409
    assert response.data["error"]["code"] == "not_payable"
    assert Payment.objects.count() == 1


def test_unpaid_order_can_be_cancelled_by_its_buyer(api_as):
    checkout = place((VariantFactory(), 1))
    make_unpaid(checkout)
    order = checkout.orders.get()

    response = api_as(checkout.buyer).post(f"{URL}/{order.pk}/cancel", {"reason": "x"})

    assert response.status_code == 200
    assert StockItem.objects.get().reserved == 0
