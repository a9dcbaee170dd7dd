"""A shop's orders, through the seller API."""

from itertools import product

import pytest

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.inventory.models import StockItem, StockMovement
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from orders.constants import TRANSITIONS, ActorKind, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import change_status
from orders.models import Order, OrderEvent
from orders.services.cancel import cancel_order
from orders.tests.factories import make_unpaid, place, place_one
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

URL = "/api/v1/seller/orders"

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return place_one(quantity=2)


@pytest.fixture
def seller_api(api_as, order):
    return api_as(order.shop.owner)


def change(client, order, **body):
    return client.patch(f"{URL}/{order.pk}/status", body)


def test_list_shows_only_the_shops_orders(seller_api, order):
    place_one()

    response = seller_api.get(URL)

    assert [row["number"] for row in response.data["results"]] == [order.number]
    assert response.data["results"][0]["buyer_name"] == order.buyer.full_name


def test_list_takes_the_same_statements_for_any_number(
    seller_api, order, django_assert_num_queries
):
    for _ in range(3):
        place((VariantFactory(product__shop=order.shop), 1))

    with django_assert_num_queries(3):  # the shop, its orders, their items
        response = seller_api.get(URL)

    assert len(response.data["results"]) == 4


def test_unpaid_order_is_not_the_shops_business(seller_api, order):
    make_unpaid(order.checkout)

    assert seller_api.get(URL).data["results"] == []
    assert seller_api.get(f"{URL}/{order.pk}").status_code == 404
    assert change(seller_api, order, status="confirmed").status_code == 404


def test_detail_names_the_address_but_no_contact_of_the_account(seller_api, order):
    response = seller_api.get(f"{URL}/{order.number}")

    text = response.content.decode()
    assert response.data["shipping_address"]["phone_number"] == "+84912345678"
    assert order.buyer.email not in text
    assert order.buyer.phone_number not in text


def test_order_is_confirmed_packed_shipped_and_delivered(seller_api, order):
    for status in ("confirmed", "packed"):
        assert change(seller_api, order, status=status).status_code == 200
    shipped = change(
        seller_api, order, status="shipped", carrier="GHTK", tracking_number="S1.8663516"
    )
    delivered = change(seller_api, order, status="delivered")

    assert shipped.data["shipment"]["carrier"] == "GHTK"
    assert shipped.data["shipment"]["tracking_number"] == "S1.8663516"
    assert delivered.data["shipment"]["status"] == "delivered"
    assert delivered.data["payment_status"] == "paid"
    stock = StockItem.objects.get()
    assert (stock.on_hand, stock.reserved) == (8, 0)
    sold = StockMovement.objects.get(reason="sold")
    assert (sold.delta, sold.reference, sold.actor) == (-2, order.pk, order.shop.owner)


def test_cancelling_needs_a_reason_and_gives_stock_back(seller_api, order):
    without = change(seller_api, order, status="cancelled")
    with_reason = change(seller_api, order, status="cancelled", reason="Hết hàng")

    assert without.status_code == 400
    assert without.data["error"]["details"][0]["field"] == "reason"
    assert with_reason.status_code == 200
    assert StockItem.objects.get().reserved == 0


def test_order_of_another_shop_is_not_found(api_as, order):
    other = api_as(ShopFactory().owner)

    assert other.get(f"{URL}/{order.pk}").status_code == 404
    assert change(other, order, status="confirmed").status_code == 404
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED


def test_caller_without_a_shop_is_told_so(api_as, order):
    response = api_as(UserFactory()).get(URL)

    assert response.status_code == 403
    assert response.data["error"]["code"] == "no_shop"


def test_suspended_shop_still_serves_what_was_ordered(seller_api, order):
    order.shop.status = ShopStatus.SUSPENDED
    order.shop.save()

    assert change(seller_api, order, status="confirmed").status_code == 200


@pytest.mark.parametrize("status", ["placed", "completed", "pending_payment", "lost", None, 3])
def test_status_that_is_not_the_sellers_to_set_is_refused(seller_api, order, status):
    response = change(seller_api, order, status=status)

    assert response.status_code == 400
    assert response.data["error"]["details"][0]["field"] == "status"
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED


ASKABLE = ["confirmed", "packed", "shipped", "delivered", "cancelled"]


@pytest.mark.breaks_invariants
@pytest.mark.parametrize(("present", "wanted"), list(product(OrderStatus, ASKABLE)))
def test_seller_can_take_exactly_the_steps_that_are_his(seller_api, order, present, wanted):
    Order.objects.filter(pk=order.pk).update(status=present)
    events = OrderEvent.objects.count()
    published = OutboxEvent.objects.count()

    response = change(seller_api, order, status=wanted, reason="x")

    allowed = ActorKind.SELLER in TRANSITIONS.get((present, OrderStatus(wanted)), ())
    order.refresh_from_db()
    if allowed:
        assert response.status_code == 200
        assert order.status == wanted
        assert OrderEvent.objects.count() == events + 1
        assert OutboxEvent.objects.count() == published + 1
    else:
        assert response.status_code in {404, 409}
        assert order.status == present
        assert OrderEvent.objects.count() == events
        assert OutboxEvent.objects.count() == published


def test_failed_delivery_goes_out_again_or_comes_back(order):
    from orders.fulfilment.services import change_status

    staff = StaffFactory()
    for step in ("confirmed", "packed", "shipped"):
        change_status(
            order.pk, OrderStatus(step), actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )

    def as_staff(status: OrderStatus):
        return change_status(
            order.pk, status, actor=staff, actor_kind=ActorKind.STAFF, reason="Không gặp người nhận"
        )

    as_staff(OrderStatus.DELIVERY_FAILED)
    assert Shipment.objects.get().status == "failed"
    as_staff(OrderStatus.SHIPPED)
    assert Shipment.objects.get().status == "in_transit"
    as_staff(OrderStatus.DELIVERY_FAILED)
    as_staff(OrderStatus.CANCELLED)

    stock = StockItem.objects.get()
    assert (stock.on_hand, stock.reserved) == (10, 0)
    assert list(StockMovement.objects.order_by("pk").values_list("delta", "reason")) == [
        (10, "received"),
        (-2, "sold"),
        (2, "returned"),
    ]


def test_tracking_number_of_another_parcel_is_refused(seller_api, order):
    other = place_one()
    for placed in (order, other):
        for step in (OrderStatus.CONFIRMED, OrderStatus.PACKED):
            change_status(placed.pk, step, actor=placed.shop.owner, actor_kind=ActorKind.SELLER)
    change_status(
        other.pk,
        OrderStatus.SHIPPED,
        actor=other.shop.owner,
        actor_kind=ActorKind.SELLER,
        carrier="GHTK",
        tracking_number="S1.A2",
    )

    response = change(seller_api, order, status="shipped", carrier="GHTK", tracking_number="S1.A2")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "tracking_number_taken"
    assert response.json()["error"]["details"][0]["field"] == "tracking_number"
    order.refresh_from_db()
    assert order.status == OrderStatus.PACKED
    assert not order.shipments.exists()
    item = StockItem.objects.get(variant=order.items.get().variant)
    assert item.reserved == 2


def test_order_that_was_never_paid_for_stays_unseen_when_it_is_cancelled(seller_api, order):
    make_unpaid(order.checkout)
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="x")

    assert seller_api.get(URL).data["results"] == []
    assert seller_api.get(f"{URL}/{order.pk}").status_code == 404
