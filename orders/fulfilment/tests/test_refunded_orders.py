"""What a buyer has all the money back for is not sent."""

import pytest

from accounts.tests.factories import StaffFactory
from catalog.inventory.models import StockItem, StockMovement
from marketplace.common.errors import InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.parcels import report
from orders.fulfilment.services import change_status
from orders.fulfilment.tests.factories import booked, confirmed_and_paid, parcel_of
from orders.models import Order, OrderEvent
from orders.payments.services.refunds import (
    Wanted,
    complete_refund,
    reject_refund,
    request_refund,
)

pytestmark = pytest.mark.django_db


def ask(order, wanted):
    return request_refund(order.pk, wanted, kind="goodwill", source="test", actor=None)


def step(order, status):
    change_status(order.pk, status, actor=order.shop.owner, actor_kind=ActorKind.SELLER)
    order.refresh_from_db()


def state():
    tables = (Order, OrderEvent, Shipment, StockItem, StockMovement, OutboxEvent)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("by", ["amount", "units", "waiting"])
def test_order_whose_money_is_back_is_neither_packed_nor_sent(by, settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000 if by == "waiting" else 10**9
    order = confirmed_and_paid(carrier="MANUAL")
    assert order.total_amount == 230_000
    units = Wanted(units={order.items.get().pk: 2})  # 200,000: nothing but the shipping is kept
    refund = ask(order, units if by == "units" else Wanted(amount=230_000))
    if by != "waiting":
        complete_refund(refund.pk)
    before = state()

    with pytest.raises(InvalidTransition, match="cancel the order"):
        parcel_of(order)
    assert state() == before
    step(order, OrderStatus.PACKED)
    before = state()
    with pytest.raises(InvalidTransition, match="cancel the order"):
        step(order, OrderStatus.SHIPPED)

    assert state() == before
    step(order, OrderStatus.CANCELLED)
    assert StockItem.objects.get().available == 10


def test_order_is_sent_once_its_refund_was_refused(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    order = confirmed_and_paid(carrier="MANUAL")
    refund = ask(order, Wanted(amount=230_000))
    reject_refund(refund.pk, actor=StaffFactory(), reason="It is sent.")

    step(order, OrderStatus.PACKED)
    step(order, OrderStatus.SHIPPED)

    assert StockItem.objects.get().on_hand == 8


def test_order_that_has_a_part_of_its_money_back_is_sent():
    order = confirmed_and_paid(carrier="MANUAL")
    complete_refund(ask(order, Wanted(units={order.items.get().pk: 1})).pk)

    parcel_of(order)
    order.refresh_from_db()
    step(order, OrderStatus.SHIPPED)

    assert order.status == OrderStatus.SHIPPED


def test_seller_is_told_to_cancel_it(api_as):
    order = confirmed_and_paid(carrier="MANUAL")
    step(order, OrderStatus.PACKED)
    complete_refund(ask(order, Wanted()).pk)
    api = api_as(order.shop.owner)
    url = f"/api/v1/seller/orders/{order.pk}"

    for answer in (
        api.patch(f"{url}/status", {"status": "shipped"}),
        api.post(f"{url}/shipments", {}),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "invalid_transition"
    assert not Shipment.objects.exists()


def test_parcel_that_waits_is_called_off_with_its_carrier(ghtk_server):
    shipment = booked(confirmed_and_paid())

    complete_refund(ask(shipment.order, Wanted()).pk)
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("cancelled", "cancelled")
    assert ghtk_server.parcels[shipment.reference]["status"] == -1
    assert Order.objects.get().status == OrderStatus.PACKED


def test_what_has_left_is_written_down_as_sent(ghtk_server):
    order = confirmed_and_paid()
    report(booked(order), "picked_up")
    complete_refund(ask(order, Wanted()).pk)

    step(order, OrderStatus.SHIPPED)

    assert StockItem.objects.get().on_hand == 8
