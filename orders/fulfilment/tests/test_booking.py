"""Parcels are booked once, whatever fails and whoever is killed."""

import os
import signal
import subprocess
import sys
from itertools import pairwise

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from catalog.inventory.models import StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from marketplace.common.testing.processes import database_url
from orders.constants import ActorKind, OrderStatus
from orders.errors import ParcelAway
from orders.fulfilment.booking import (
    book_shipment,
    cancel_shipment,
    due_bookings,
    retry_booking,
)
from orders.fulfilment.constants import LEASE, MAX_TRIES
from orders.fulfilment.errors import NothingLeft, NotPackable, ParcelHasLeft
from orders.fulfilment.models import Shipment, ShipmentEvent
from orders.fulfilment.parcels import report
from orders.fulfilment.services import change_status
from orders.fulfilment.tests.factories import (
    booked,
    confirmed,
    confirmed_and_paid,
    make_due,
    parcel_of,
)
from orders.models import Order
from orders.payments.services.capture import apply_outcome
from orders.payments.tests.factories import captured, place_online, run_out
from orders.services.cancel import cancel_order
from orders.tests.factories import place_one
from shops.shipping.models import ShippingMethod

pytestmark = pytest.mark.django_db


def lose_answer():
    raise OSError("the answer is lost on its way")


def test_parcel_is_booked_by_the_worker_and_the_order_is_packed(ghtk_server):
    order = confirmed()
    shipment = parcel_of(order)
    assert (shipment.booking_status, ghtk_server.calls) == ("pending", [])

    drain_outbox()

    shipment.refresh_from_db()
    order.refresh_from_db()
    assert shipment.booking_status == "booked"
    assert shipment.tracking_number == ghtk_server.parcels[shipment.reference]["number"]
    assert (shipment.fee_amount, shipment.status) == (22_000, "created")
    assert order.status == OrderStatus.PACKED
    [(_, sent)] = ghtk_server.calls
    assert sent["order"]["id"] == f"{order.number}-1"
    assert sent["order"]["pick_money"] == order.total_amount == 230_000
    assert sent["order"]["pick_tel"] == "+84987654321"
    assert sent["products"][0]["weight"] == 0.5


def test_nothing_is_collected_for_an_order_that_is_paid(ghtk_server):
    shipment = booked(confirmed_and_paid())

    assert shipment.cod_amount == 0
    assert ghtk_server.calls[0][1]["order"]["pick_money"] == 0


def test_cash_is_split_over_parcels_and_adds_up_to_what_is_due(ghtk_server):
    first = VariantFactory(stock=9, price_amount=99_999, weight_grams=100)
    second = VariantFactory(
        stock=9, price_amount=33_333, weight_grams=100, product__shop=first.product.shop
    )
    order = confirmed((first, 2), (second, 1))
    items = {item.variant_id: item.pk for item in order.items.all()}

    one = parcel_of(order, items={items[first.pk]: 1})
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    two = parcel_of(order, items={items[first.pk]: 1}, weight_grams=700)
    three = parcel_of(order)
    drain_outbox()

    order.refresh_from_db()
    assert order.status == OrderStatus.PACKED
    amounts = [shipment.cod_amount for shipment in (one, two, three)]
    assert sum(amounts) == order.total_amount == 263_331
    assert amounts[0] == 263_331 * 99_999 // 233_331
    collected = [parcel["cod"] for parcel in ghtk_server.parcels.values()]
    assert sorted(collected) == sorted(amounts)
    assert [shipment.weight_grams for shipment in (one, two, three)] == [100, 700, 100]
    with pytest.raises(NothingLeft):
        parcel_of(order)


def test_parcel_that_is_called_off_makes_room_for_another_one(ghtk_server):
    order = confirmed()
    first = booked(order)

    cancel_shipment(first.pk)
    drain_outbox()
    second = booked(order)

    first.refresh_from_db()
    assert (first.status, first.booking_status) == ("cancelled", "cancelled")
    assert ghtk_server.parcels[first.reference]["status"] == -1
    assert (second.reference, second.cod_amount) == (f"{order.number}-2", 230_000)


@pytest.mark.parametrize("status", ["placed", "shipped", "delivered", "cancelled", "completed"])
@pytest.mark.breaks_invariants
def test_parcels_are_made_only_of_confirmed_and_packed_orders(status):
    order = place_one()
    Order.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises((NotPackable, NothingLeft)):
        parcel_of(order)
    assert not Shipment.objects.exists()


def test_parcel_of_what_is_not_there_is_refused(ghtk_server):
    order = confirmed()
    item = order.items.get()

    with pytest.raises(InvalidInput, match="2 units are left"):
        parcel_of(order, items={item.pk: 3})
    with pytest.raises(InvalidInput, match="0 units are left"):
        parcel_of(order, items={place_one().items.get().pk: 1})
    with pytest.raises(InvalidInput, match="Choose: MANUAL, GHTK"):
        parcel_of(order, carrier="VIETTEL_POST")
    assert not Shipment.objects.exists()


def test_cash_of_an_order_is_collected_by_one_carrier(ghtk_server, viettel_post_server):
    order, paid = confirmed(), confirmed_and_paid()
    parcel_of(order, items={order.items.get().pk: 1})
    parcel_of(paid, items={paid.items.get().pk: 1})

    with pytest.raises(InvalidInput, match="one carrier"):
        parcel_of(order, carrier="VIETTEL_POST")
    assert parcel_of(paid, carrier="VIETTEL_POST").carrier == "VIETTEL_POST"


def test_order_whose_carrier_is_off_goes_by_hand():
    shipment = parcel_of(confirmed(carrier="GHTK"), tracking_number="X1")

    assert (shipment.carrier, shipment.booking_status) == ("MANUAL", "by_hand")
    assert shipment.tracking_number == "X1"
    assert due_bookings(10) == []


def test_shops_own_name_of_the_service_is_the_carriers(viettel_post_server):
    ShippingMethod.objects.filter(service_code="standard").update(
        carrier="VIETTEL_POST", carrier_service="LCOD"
    )

    booked(confirmed(carrier="VIETTEL_POST"))

    assert viettel_post_server.calls[0][1]["ORDER_SERVICE"] == "LCOD"


@pytest.mark.parametrize("carrier", ["GHTK", "VIETTEL_POST"])
def test_lost_answer_is_looked_up_and_not_booked_again(carrier, ghtk_server, viettel_post_server):
    books = {"GHTK": ghtk_server, "VIETTEL_POST": viettel_post_server}[carrier]
    books.on_created = lose_answer
    shipment = booked(confirmed(carrier=carrier))
    assert (shipment.booking_status, shipment.attempts) == ("pending", 1)
    assert shipment.last_error
    assert shipment.next_try_at > timezone.now()
    assert not book_shipment(shipment.pk)  # not due yet

    make_due(shipment)
    assert book_shipment(shipment.pk)

    shipment.refresh_from_db()
    assert shipment.booking_status == "booked"
    assert shipment.tracking_number == books.parcels[shipment.reference]["number"]
    assert len(books.parcels) == 1


@pytest.mark.parametrize("fault", ["500", "drop", "html", "huge"])
def test_carrier_that_fails_is_tried_again_with_growing_pauses_and_then_put_before_staff(
    ghtk_server, fault
):
    ghtk_server.fault = (fault, "order/")
    shipment = booked()
    pauses = []
    for _ in range(MAX_TRIES - 1):
        pauses.append((shipment.next_try_at - timezone.now()).total_seconds())
        make_due(shipment)
        book_shipment(shipment.pk)
        shipment.refresh_from_db()

    assert all(later > sooner for sooner, later in pairwise(pauses))
    assert (shipment.booking_status, shipment.next_try_at) == ("parked", None)
    assert "GHTK" in shipment.attention
    assert due_bookings(10) == []
    ghtk_server.fault = None
    retry_booking(shipment.pk)
    drain_outbox()
    shipment.refresh_from_db()
    assert (shipment.booking_status, shipment.attention) == ("booked", "")
    references = {body["order"]["id"] for path, body in ghtk_server.calls if "order/" in path}
    assert references == {shipment.reference}


def test_refusal_is_put_before_staff_at_once(ghtk_server):
    ghtk_server.fault = ("refused", "order/")

    shipment = booked()

    assert shipment.booking_status == "parked"
    assert shipment.attention == "refused: No <b>"
    order = shipment.order
    order.refresh_from_db()
    assert order.status == OrderStatus.PACKED


def test_parcel_that_has_left_is_not_called_off(ghtk_server):
    shipment = booked()
    Shipment.objects.filter(pk=shipment.pk).update(status="in_transit")

    with pytest.raises(ParcelHasLeft):
        cancel_shipment(shipment.pk)
    ghtk_server.parcels[shipment.reference]["status"] = 3
    Shipment.objects.filter(pk=shipment.pk).update(status="created")
    cancel_shipment(shipment.pk)
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("created", "booked")
    assert "Không thể hủy" in shipment.attention


def test_parcel_that_no_carrier_knows_is_called_off_at_once(ghtk_server):
    shipment = parcel_of(confirmed())

    cancel_shipment(shipment.pk)
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("cancelled", "cancelled")
    assert ghtk_server.calls == []


def test_calling_off_waits_for_the_booking_that_is_under_way(ghtk_server):
    shipment = parcel_of(confirmed())
    Shipment.objects.filter(pk=shipment.pk).update(attempts=1, next_try_at=timezone.now() + LEASE)
    cancel_shipment(shipment.pk)
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("created", "cancelling")
    assert ghtk_server.calls == []
    make_due(shipment)
    book_shipment(shipment.pk)
    shipment.refresh_from_db()
    assert shipment.status == "cancelled"


@pytest.mark.parametrize(
    ("meanwhile", "ends_as"),
    [
        ("cancelled", ("cancelled", "cancelled", "")),
        ("picked_up", ("picked_up", "booked", "Called off with its carrier, but it is picked_up.")),
    ],
)
def test_calling_off_ends_when_a_report_is_faster_than_the_carriers_answer(
    ghtk_server, meanwhile, ends_as
):
    shipment = booked()
    cancel_shipment(shipment.pk)
    report(Shipment.objects.get(pk=shipment.pk), meanwhile)

    book_shipment(shipment.pk)

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status, shipment.attention) == ends_as
    assert shipment.next_try_at is None


def test_calling_off_that_was_given_up_is_tried_again_and_books_nothing(ghtk_server):
    ghtk_server.fault = ("drop", "")
    shipment = booked()
    cancel_shipment(shipment.pk)
    for _ in range(MAX_TRIES):
        make_due(shipment)
        book_shipment(shipment.pk)
    shipment.refresh_from_db()
    assert (shipment.booking_status, shipment.next_try_at) == ("cancelling", None)
    assert shipment.attention
    ghtk_server.fault = None

    retry_booking(shipment.pk)
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("cancelled", "cancelled")
    assert ghtk_server.parcels == {}
    with pytest.raises(ParcelHasLeft):
        retry_booking(shipment.pk)


def test_order_of_which_a_parcel_has_left_is_not_cancelled(ghtk_server):
    order = confirmed()
    first = booked(order, items={order.items.get().pk: 1})
    report(first, "in_transit")

    with pytest.raises(ParcelAway):
        change_status(
            order.pk, OrderStatus.CANCELLED, actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )

    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert StockItem.objects.get().reserved == 2
    report(first, "returned")
    cancel_order(order.pk, actor=None, actor_kind=ActorKind.STAFF, reason="It came back.")
    assert StockItem.objects.get().available == 10


def test_cancelled_order_calls_its_parcels_off_and_frees_its_stock(ghtk_server):
    shipment = booked()
    order = shipment.order

    change_status(
        order.pk,
        OrderStatus.CANCELLED,
        actor=order.shop.owner,
        actor_kind=ActorKind.SELLER,
        reason="Hết hàng",
    )
    drain_outbox()

    shipment.refresh_from_db()
    assert (shipment.status, shipment.booking_status) == ("cancelled", "cancelled")
    assert ghtk_server.parcels[shipment.reference]["status"] == -1
    assert StockItem.objects.get().reserved == 0


def test_shop_that_hands_over_by_hand_moves_the_parcel_that_is_there(ghtk_server):
    shipment = booked()
    order = shipment.order

    change_status(
        order.pk, OrderStatus.SHIPPED, actor=order.shop.owner, actor_kind=ActorKind.SELLER
    )

    shipment.refresh_from_db()
    assert shipment.status == "picked_up"
    assert order.shipments.count() == 1
    assert [event.status for event in ShipmentEvent.objects.order_by("pk")] == [
        "created",
        "picked_up",
    ]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_book_a_parcel_once(ghtk_server):
    shipment = parcel_of(confirmed())

    outcomes = run_in_parallel(lambda: book_shipment(shipment.pk), times=6)

    assert sorted(map(str, outcomes)) == ["False"] * 5 + ["True"]
    assert ghtk_server.called("order/") == 1


@pytest.mark.django_db(transaction=True)
def test_worker_that_is_killed_after_the_carriers_yes_leaves_one_label(ghtk_server):
    shipment = parcel_of(confirmed())
    OutboxEvent.objects.all().delete()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "GHTK_TOKEN": "t",
        "GHTK_WEBHOOK_SECRET": "s",
        "GHTK_API_URL": django_settings.GHTK_API_URL,
    }
    command = [sys.executable, "manage.py", "book_shipments"]
    worker = subprocess.Popen(
        command, cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
    )
    ghtk_server.on_created = lambda: os.kill(worker.pid, signal.SIGKILL)

    assert worker.wait(60) == -signal.SIGKILL

    shipment.refresh_from_db()
    assert (shipment.booking_status, shipment.tracking_number) == ("pending", "")
    assert not book_shipment(shipment.pk)  # the dead worker's claim still stands
    make_due(shipment)
    ghtk_server.on_created = lambda: None
    assert book_shipment(shipment.pk)
    shipment.refresh_from_db()
    assert shipment.booking_status == "booked"
    assert [parcel["number"] for parcel in ghtk_server.parcels.values()] == [
        shipment.tracking_number
    ]


def test_order_that_came_back_to_life_keeps_its_parcel():
    payment = place_online()
    run_out(payment)
    apply_outcome(payment.pk, captured(payment))
    order = Order.objects.get()
    change_status(
        order.pk, OrderStatus.CONFIRMED, actor=order.shop.owner, actor_kind=ActorKind.SELLER
    )
    shipment = parcel_of(order, carrier="MANUAL")

    drain_outbox()  # its end is heard of only now

    shipment.refresh_from_db()
    assert shipment.status == "created"
