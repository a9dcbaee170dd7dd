"""Goods that come back: on the shelf or written off, and their money sent once."""

import pytest

from accounts.tests.factories import StaffFactory
from catalog.inventory.models import StockItem, StockMovement
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.constants import ActorKind
from orders.payments.models import Refund
from orders.payments.services.refunds import (
    Wanted,
    complete_refund,
    reject_refund,
    request_refund,
)
from orders.returns.constants import Disposition, ReturnStatus
from orders.returns.errors import IllegalReturnStep
from orders.returns.models import Return
from orders.returns.services.answering import approve_return
from orders.returns.services.disputes import open_dispute, refuse_dispute
from orders.returns.services.receiving import Received, follow_refund, receive_return
from orders.returns.services.refunds import refund_order
from orders.returns.tests.factories import ask, deliver, delivered, return_in, seller_of, send_money
from orders.tests.factories import place_one

pytestmark = pytest.mark.django_db


def approved(order=None, units=None):
    row = ask(order or delivered(), units)
    approve_return(row.pk, **seller_of(row))
    return row


def on_hand(row):
    return {
        line.order_item_id: StockItem.objects.get(variant=line.order_item.variant_id).on_hand
        for line in row.lines.select_related("order_item")
    }


def test_what_came_goes_back_onto_the_shelf_and_its_money_back():
    row = approved(units=2)
    item = row.order.items.get()
    before = on_hand(row)[item.pk]

    receive_return(row.pk, **seller_of(row))

    row.refresh_from_db()
    assert (row.status, row.closed_at) == ("received", None)
    assert on_hand(row) == {item.pk: before + 2}
    movement = StockMovement.objects.filter(reference=row.pk).get()
    assert (movement.delta, movement.reason) == (2, "returned")
    assert (row.refund.kind, row.refund.amount) == ("return", 2 * item.unit_price_amount)
    assert row.refund.source == f"return:{row.pk}"

    drain_outbox()

    row.refresh_from_db()
    assert row.status == "refunded"
    assert row.closed_at is not None
    told = OutboxEvent.objects.filter(topic__startswith="returns.").order_by("pk")
    assert [event.topic.removeprefix("returns.") for event in told] == [
        "requested",
        "approved",
        "received",
        "refunded",
    ]


def test_each_line_is_received_by_itself():
    first = VariantFactory(stock=10)
    order = delivered((first, 3), (VariantFactory(product=first.product, stock=10), 2))
    row = approved(order)
    item, other = order.items.order_by("pk")
    before = on_hand(row)

    receive_return(
        row.pk,
        received={item.pk: Received(1, Disposition.WRITE_OFF), other.pk: Received(2)},
        with_shipping=True,
        **seller_of(row),
    )

    row.refresh_from_db()
    line = row.lines.get(order_item=item)
    assert (line.received_quantity, line.disposition) == (1, "write_off")
    assert on_hand(row) == before | {other.pk: before[other.pk] + 2}
    given = item.unit_price_amount + 2 * other.unit_price_amount
    assert row.refund.amount == given + order.shipping_fee_amount


def test_nothing_came_so_nothing_is_sent_and_the_return_is_closed():
    row = approved()
    before = on_hand(row)

    receive_return(row.pk, received={}, reason="An empty box.", **seller_of(row))

    row.refresh_from_db()
    assert (row.status, row.refund) == ("received", None)
    assert row.closed_at is not None
    assert on_hand(row) == before
    assert not Refund.objects.exists()
    assert set(row.lines.values_list("received_quantity", flat=True)) == {0}


def test_money_that_went_back_before_is_not_sent_again():
    row = approved()
    request_refund(row.order_id, Wanted(), kind="goodwill", source="all", actor=None)

    receive_return(row.pk, with_shipping=True, **seller_of(row))

    row.refresh_from_db()
    assert (row.status, row.refund) == ("received", None)
    assert Refund.objects.count() == 1


def test_money_that_went_back_in_part_lowers_what_the_return_gives():
    row = approved(units=3)
    item = row.order.items.get()
    paid = item.line_total_amount
    refund_order(row.order_id, actor=row.order.shop.owner, reason="Late", amount=10_000)
    part = Refund.objects.get().lines.get(order_item=item).amount

    receive_return(row.pk, **seller_of(row))

    row.refresh_from_db()
    assert row.refund.amount == paid - part


def test_more_than_was_sent_is_refused_and_changes_nothing():
    row = approved(units=2)
    item = row.order.items.get()
    before = on_hand(row)

    with pytest.raises(InvalidInput, match="2 units"):
        receive_return(row.pk, received={item.pk: Received(3)}, **seller_of(row))

    row.refresh_from_db()
    assert (row.status, row.refund) == ("approved", None)
    assert on_hand(row) == before
    assert set(row.lines.values_list("received_quantity", flat=True)) == {None}


def test_collected_cash_goes_back_by_hand_and_the_return_follows():
    row = approved(deliver(place_one(2)))
    receive_return(row.pk, **seller_of(row))
    drain_outbox()
    row.refresh_from_db()
    assert row.status == "received"

    complete_refund(row.refund_id, provider_reference="FT123")
    drain_outbox()

    row.refresh_from_db()
    assert row.status == "refunded"


def test_large_refund_that_is_not_approved_closes_the_return(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1
    row = approved()
    receive_return(row.pk, **seller_of(row))
    row.refresh_from_db()
    assert (row.refund.status, row.closed_at) == ("awaiting_approval", None)

    reject_refund(row.refund_id, actor=StaffFactory(), reason="Not like this.")
    drain_outbox()

    row.refresh_from_db()
    assert row.status == "received"
    assert row.closed_at is not None
    dispute = open_dispute(row.pk, actor=row.order.buyer, reason="Where is my money?")
    refuse_dispute(dispute.pk, actor=StaffFactory(), reason="It was worn.")
    row.refresh_from_db()
    assert row.status == "received"
    assert row.closed_at is not None


def test_refund_is_followed_once():
    row = return_in(ReturnStatus.REFUNDED)
    events = row.events.count()

    assert follow_refund(row.refund_id) is False

    assert row.events.count() == events


@pytest.mark.django_db(transaction=True)
def test_goods_are_received_once_however_many_say_so_at_once():
    row = approved()
    item = row.order.items.get()
    before = on_hand(row)[item.pk]

    outcomes = run_in_parallel(lambda: receive_return(row.pk, **seller_of(row)), times=6)

    assert sum(isinstance(outcome, IllegalReturnStep) for outcome in outcomes) == 5
    assert on_hand(row) == {item.pk: before + 3}
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_receipt_and_refund_by_the_shop_pay_for_a_unit_once():
    """Whoever is first: together they never send more than the units cost."""
    for _ in range(5):
        row = approved(units=2)
        item = row.order.items.get()
        actions = [
            lambda row=row: receive_return(row.pk, **seller_of(row)),
            lambda row=row, item=item: refund_order(
                row.order_id, actor=row.order.shop.owner, reason="Sorry", units={item.pk: 2}
            ),
        ]

        run_in_parallel(lambda action: action(), arguments=actions)

        refunds = Refund.objects.filter(order=row.order_id)
        assert sum(refund.amount for refund in refunds) == 2 * item.unit_price_amount


def test_staff_may_receive_in_the_shops_stead():
    row = approved()

    receive_return(row.pk, actor=StaffFactory(), actor_kind=ActorKind.STAFF)
    send_money(row)

    assert Return.objects.get().status == "refunded"
