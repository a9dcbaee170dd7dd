"""What carriers report: once, by their own time, and followed by the order."""

import random

import pytest
from django.db import transaction

from accounts.tests.factories import StaffFactory
from catalog.inventory.models import StockItem, StockMovement
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from marketplace.common.webhooks import Message
from orders.constants import ActorKind, OrderStatus
from orders.errors import PartlyDelivered
from orders.fulfilment.booking import cancel_shipment
from orders.fulfilment.jobs import poll_shipments
from orders.fulfilment.models import CarrierMessage, Shipment, ShipmentEvent
from orders.fulfilment.reports import poll_shipment, receive
from orders.fulfilment.services import change_status
from orders.fulfilment.tests.factories import (
    booked,
    confirmed,
    confirmed_and_paid,
    ghtk_says,
    parcel_of,
    vtp_says,
)
from orders.models import Order, OrderEvent
from orders.payments.models import Refund
from orders.services.cancel import cancel_order
from orders.settlement.constants import Account
from orders.settlement.models import LedgerEntry
from orders.settlement.tests.factories import hand_over

pytestmark = pytest.mark.django_db

SAYS = {"GHTK": ghtk_says, "VIETTEL_POST": vtp_says}


@pytest.fixture
def servers(ghtk_server, viettel_post_server):
    return {"GHTK": ghtk_server, "VIETTEL_POST": viettel_post_server}


def tell(shipment, status, hours=0.0, **changes):
    """Have the carrier report, and the worker do what follows; returns the answer's status."""
    message = SAYS[shipment.carrier](shipment, status, hours, **changes)
    answer = receive(shipment.carrier, message)
    drain_outbox()
    return answer.status


def be_at(servers, shipment, status):
    """Let the carrier's own books say so, for those who ask."""
    servers[shipment.carrier].parcels[shipment.reference]["status"] = status


def state(shipment):
    """Return everything that a history leaves behind."""
    shipment.refresh_from_db()
    order = Order.objects.get(pk=shipment.order_id)
    stock = StockItem.objects.get(variant=order.items.get().variant_id)
    return (
        shipment.status,
        shipment.attention,
        order.status,
        order.payment_status,
        stock.on_hand,
        stock.reserved,
        [(row.amount, row.kind) for row in Refund.objects.filter(order=order)],
    )


# Status and hours after the start, as carriers sent them; and what is left of it all.
DELIVERED = ("delivered", "", "delivered", "paid", 8, 0, [])
RETURNED = ("returned", "", "cancelled", "unpaid", 10, 0, [])
HISTORIES = {
    "vtp delivered at the third try": (
        "VIETTEL_POST",
        [(104, 1), (105, 2), (300, 3), (400, 9), (500, 10), (506, 11), (550, 20), (500, 21),
         (506, 22), (508, 30), (500, 31), (501, 32)],
        DELIVERED,
    ),
    "vtp on its way again": (
        "VIETTEL_POST",
        [(105, 2), (300, 3), (500, 10), (506, 11), (550, 20), (500, 21)],
        ("in_transit", "", "shipped", "unpaid", 8, 0, []),
    ),
    "vtp returned": (
        "VIETTEL_POST",
        [(105, 2), (300, 3), (500, 10), (506, 11), (505, 20), (515, 21), (502, 22), (504, 40)],
        RETURNED,
    ),
    "vtp says more after the end": (
        "VIETTEL_POST",
        [(105, 2), (500, 10), (501, 11), (500, 12), (202, 13)],
        DELIVERED,
    ),
    "ghtk delivered": ("GHTK", [(12, 0), (123, 1), (3, 2), (4, 5), (9, 8), (10, 9), (4, 24),
                                (45, 25), (5, 25), (6, 90)], DELIVERED),
    "ghtk returned": ("GHTK", [(3, 2), (4, 5), (49, 7), (9, 8), (20, 30), (21, 50), (11, 60)],
                      RETURNED),
}  # fmt: skip


@pytest.mark.no_cover
@pytest.mark.parametrize("name", HISTORIES)
def test_history_in_any_order_leaves_the_same_state(servers, name):
    carrier, history, expected = HISTORIES[name]
    shipment = booked(confirmed(carrier=carrier))
    be_at(servers, shipment, history[-1][0] if carrier == "GHTK" else 501)
    shuffler = random.Random(name)
    found = []

    for _ in range(40 if name == "vtp delivered at the third try" else 15):
        messages = [SAYS[carrier](shipment, *each) for each in history]
        messages += shuffler.sample(messages, 2)  # some come twice
        shuffler.shuffle(messages)
        with transaction.atomic():
            for message in messages:
                assert receive(carrier, message).status == 200
            drain_outbox()
            found.append(state(shipment))
            transaction.set_rollback(True)
        shipment.refresh_from_db()

    assert set(map(str, found)) == {str(expected)}


def test_history_in_its_order_takes_the_order_along(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    steps = [(105, "shipped"), (500, "shipped"), (506, "delivery_failed"), (550, "shipped")]

    for hour, (code, status) in enumerate([*steps, (501, "delivered")]):
        tell(shipment, code, hour)
        assert Order.objects.get(pk=shipment.order_id).status == status, code

    assert state(shipment) == DELIVERED
    by_carrier = OrderEvent.objects.filter(actor_kind=ActorKind.CARRIER)
    assert [event.to_status for event in by_carrier.order_by("pk")] == [
        "shipped",
        "delivery_failed",
        "shipped",
        "delivered",
    ]


def test_every_message_a_hundred_times_has_one_effect(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))

    for hour, code in enumerate((105, 500, 501)):
        for _ in range(100):
            assert receive("VIETTEL_POST", vtp_says(shipment, code, hour)).status == 200

    assert CarrierMessage.objects.count() == 3
    assert ShipmentEvent.objects.count() == 4  # made, and three steps
    assert state(shipment) == DELIVERED


@pytest.mark.django_db(transaction=True)
def test_every_message_many_times_at_once_has_one_effect(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    messages = [vtp_says(shipment, code, hour) for hour, code in enumerate((105, 506, 501))]

    answers = run_in_parallel(
        lambda message: receive("VIETTEL_POST", message), arguments=messages * 33
    )

    assert {getattr(answer, "status", answer) for answer in answers} == {200}
    assert CarrierMessage.objects.count() == 3
    assert ShipmentEvent.objects.count() == 4
    assert state(shipment) == DELIVERED
    assert StockMovement.objects.filter(reason="sold").count() == 1


def test_parcel_that_comes_back_is_refunded_and_back_on_the_shelf(servers):
    shipment = booked(confirmed_and_paid())
    for hour, code in enumerate((3, 4, 9, 20)):
        tell(shipment, code, hour)
    assert Order.objects.get(pk=shipment.order_id).status == OrderStatus.DELIVERY_FAILED
    be_at(servers, shipment, 21)

    tell(shipment, 21, 50)

    order = Order.objects.get(pk=shipment.order_id)
    assert order.status == OrderStatus.CANCELLED
    assert order.cancel_reason == "The parcel came back to the shop."
    assert [refund.amount for refund in Refund.objects.all()] == [order.total_amount]
    stock = StockItem.objects.get()
    assert (stock.on_hand, stock.reserved) == (10, 0)


def test_ghtks_word_on_money_is_believed_only_when_it_says_so_itself(servers):
    shipment = booked()
    tell(shipment, 4, 1)

    tell(shipment, 5, 2)  # somebody knows the address; GHTK itself says "on its way"
    be_at(servers, shipment, 4)

    message = CarrierMessage.objects.get(code="5")
    assert message.outcome == "unconfirmed"
    assert state(shipment)[:3] == ("in_transit", "", "shipped")
    be_at(servers, shipment, 6)
    poll_shipment(shipment.pk)
    message.refresh_from_db()
    assert message.outcome == "applied"
    assert state(shipment) == DELIVERED


def test_message_that_the_carrier_contradicts_is_put_before_staff(servers):
    shipment = booked()
    tell(shipment, 4, 1)
    tell(shipment, 5, 2)
    CarrierMessage.objects.update(created_at="2026-11-01T00:00:00Z")
    be_at(servers, shipment, 4)

    poll_shipment(shipment.pk)

    assert CarrierMessage.objects.get(code="5").outcome == "contradicted"
    assert "says in_transit" in state(shipment)[1]
    assert Order.objects.get(pk=shipment.order_id).payment_status == "unpaid"


def test_unconfirmed_message_waits_while_the_carrier_does_not_answer(servers):
    shipment = booked()
    servers["GHTK"].fault = ("500", "/v2/")

    assert tell(shipment, 5, 2) == 200

    assert state(shipment)[0] == "created"
    servers["GHTK"].fault = None
    be_at(servers, shipment, 5)
    Shipment.objects.update(next_poll_at="2026-11-01T00:00:00Z")
    assert poll_shipments().done == 1
    assert state(shipment) == DELIVERED


def test_polling_finds_what_nobody_reported(servers):
    shipment = booked()
    Shipment.objects.update(next_poll_at="2026-11-01T00:00:00Z")
    be_at(servers, shipment, 5)

    assert poll_shipments().done == 1
    assert state(shipment) == DELIVERED
    shipment.refresh_from_db()
    assert shipment.next_poll_at is None
    assert poll_shipments().done == 0


def test_parcel_of_which_nobody_says_anything_is_put_before_staff(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    servers["VIETTEL_POST"].fault = ("500", "trackingOrder")
    poll_shipment(shipment.pk)
    assert state(shipment)[1] == ""

    Shipment.objects.update(created_at="2026-11-01T00:00:00Z", last_report_at=None)
    poll_shipment(shipment.pk)

    assert state(shipment)[1] == "The carrier has said nothing for 48 hours."


def test_status_that_nobody_knows_is_kept_and_not_applied(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    tell(shipment, 105, 1)

    assert tell(shipment, 551, 2) == 200

    assert CarrierMessage.objects.get(code="551").outcome == "unknown_status"
    assert state(shipment)[:3] == (
        "picked_up",
        "The carrier reports a status that is not known: 551.",
        "shipped",
    )


def test_report_from_the_future_is_not_believed(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))

    assert tell(shipment, 501, 24 * 400) == 200

    assert CarrierMessage.objects.get().outcome == "impossible_time"
    assert state(shipment)[2] == "packed"


def test_part_of_a_parcel_that_goes_back_does_not_end_the_parcel(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    tell(shipment, 105, 1)
    number = f"{shipment.tracking_number}1P1"

    tell(shipment, 504, 2, ORDER_NUMBER=number)

    assert CarrierMessage.objects.get(code="504").outcome == "other_parcel"
    assert state(shipment)[:3] == (
        "picked_up",
        f"The carrier made another parcel of it: {number}.",
        "shipped",
    )


def test_parcel_of_nobody_is_kept(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    message = vtp_says(shipment, 501, 1, ORDER_NUMBER="77", ORDER_REFERENCE="ORD-0-1")

    assert receive("VIETTEL_POST", message).status == 200

    assert CarrierMessage.objects.get().outcome == "unknown_parcel"
    assert state(shipment)[0] == "created"


def test_report_that_comes_before_the_bookings_answer_is_taken(servers):
    shipment = parcel_of(confirmed(carrier="VIETTEL_POST"))

    message = vtp_says(shipment, 105, 1, ORDER_NUMBER="12345")
    assert receive("VIETTEL_POST", message).status == 200

    assert state(shipment)[:3] == ("picked_up", "", "shipped")


def test_other_amount_to_collect_is_put_before_staff(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))

    tell(shipment, 105, 1, MONEY_COLLECTION=1_000)

    assert state(shipment)[:2] == ("picked_up", "The carrier is to collect 1000, not 230000.")


def test_order_that_ended_otherwise_does_not_follow(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    order = shipment.order
    cancel_order(order.pk, actor=order.shop.owner, actor_kind=ActorKind.SELLER, reason="x")

    tell(shipment, 105, 1)

    assert state(shipment)[1:3] == (
        "The parcel is picked_up, but its order is cancelled.",
        "cancelled",
    )


def test_order_is_delivered_with_the_last_of_its_parcels(servers):
    order = confirmed(carrier="VIETTEL_POST")
    first = booked(order, items={order.items.get().pk: 1})
    second = booked(order)

    tell(first, 105, 1)
    assert state(first)[2] == "shipped"
    tell(first, 501, 2)
    assert state(first)[2] == "shipped"
    tell(second, 506, 3)
    assert state(first)[2] == "delivery_failed"
    tell(second, 501, 4)

    assert state(second) == DELIVERED


def test_order_of_which_a_parcel_was_delivered_is_not_cancelled(servers):
    order = confirmed(carrier="VIETTEL_POST")
    first = booked(order, items={order.items.get().pk: 1})
    second = booked(order)
    tell(first, 501, 2)
    tell(second, 504, 3)
    staff = {"actor": StaffFactory(), "actor_kind": ActorKind.STAFF}
    before = state(first)

    with pytest.raises(PartlyDelivered):
        cancel_order(order.pk, reason="One came back", **staff)

    assert before[2] == "delivery_failed"
    assert state(first) == before
    for step in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        change_status(order.pk, step, **staff)
    assert owed(order) == order.total_amount


def owed(order):
    entries = LedgerEntry.objects.filter(order=order, account=Account.CARRIER_CASH)
    return sum(entries.values_list("amount", flat=True))


def test_parcels_of_one_order_are_settled_one_by_one(servers):
    order = confirmed(carrier="VIETTEL_POST")
    first = booked(order, items={order.items.get().pk: 1})
    second = booked(order)
    for parcel in (first, second):
        tell(parcel, 501, 2)
    order.refresh_from_db()
    assert (first.cod_amount + second.cod_amount, owed(order)) == (order.total_amount,) * 2

    def settle(parcel, amount, fee=0):
        row = (parcel.tracking_number, amount, fee)
        return hand_over(row, carrier="VIETTEL_POST")

    assert settle(first, first.cod_amount) == {"matched": 1}
    assert owed(order) == second.cod_amount
    # Neither one parcel twice, nor the whole for a part of it.
    assert settle(first, first.cod_amount, fee=1) == {"nothing_owed": 1}
    assert settle(second, order.total_amount) == {"amount_differs": 1}
    assert settle(second, second.cod_amount) == {"matched": 1}
    assert owed(order) == 0


def test_parcel_that_was_called_off_is_sent_again_before_the_order_is_delivered(servers):
    order = confirmed(carrier="VIETTEL_POST")
    first = booked(order, items={order.items.get().pk: 1})
    second = booked(order)
    tell(first, 501, 1)
    cancel_shipment(second.pk)
    drain_outbox()
    assert state(first)[2] == "shipped"

    third = booked(order)
    tell(third, 501, 2)

    assert state(third) == DELIVERED
    assert third.cod_amount == second.cod_amount


def test_shops_word_that_it_was_delivered_is_not_taken_back(servers):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    order = shipment.order
    for step in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        change_status(order.pk, step, actor=order.shop.owner, actor_kind=ActorKind.SELLER)

    tell(shipment, 506, 1)
    tell(shipment, 501, 2)

    assert state(shipment) == DELIVERED
    assert not OutboxEvent.objects.filter(topic="orders.cancelled").exists()


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (Message(b"", query="hash=x"), 403),
        (Message(b"label_id=1", query="hash=ghtk-webhook-secret-of-the-tests"), 400),
    ],
)
def test_message_that_is_not_the_carriers_or_cannot_be_read_changes_nothing(
    servers, message, status
):
    assert receive("GHTK", message).status == status
    assert not CarrierMessage.objects.exists()
