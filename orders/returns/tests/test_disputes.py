"""Disputes: asked for by the buyer, decided once by staff."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.models import Order
from orders.payments.constants import RefundKind
from orders.payments.errors import RefundExceedsPayment, RefundNotPossible
from orders.payments.models import ReconciliationTask, Refund
from orders.payments.services.refunds import (
    Wanted,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.unsent_refunds import retry_refund
from orders.returns.constants import ReturnStatus
from orders.returns.errors import AlreadyDisputed, DisputeWindowClosed, UnitsNotReturnable
from orders.returns.models import Dispute, Return
from orders.returns.selectors import refunded_amount
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import open_dispute, refund_dispute, refuse_dispute
from orders.returns.services.receiving import Received, follow_refund, receive_return
from orders.returns.tests.factories import ask, delivered, return_in, seller_of, send_money
from orders.services.progress import complete_overdue
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def dispute_of(row, reason="No"):
    return open_dispute(row.pk, actor=row.order.buyer, reason=reason)


def received_in_part(came=1, *, paid=True):
    row = ask(delivered())
    approve_return(row.pk, **seller_of(row))
    item = row.order.items.get()
    receive_return(row.pk, received={item.pk: Received(came)}, **seller_of(row))
    if paid:
        send_money(row)
    row.refresh_from_db()
    return row


def test_dispute_opens_the_return_again_and_leaves_the_order_alone():
    row = return_in(ReturnStatus.REJECTED)
    before = Order.objects.filter(pk=row.order_id).values().get()

    dispute = dispute_of(row, "It came like this.")

    row.refresh_from_db()
    assert (row.status, row.closed_at) == ("disputed", None)
    assert (dispute.status, dispute.from_status) == ("open", "rejected")
    assert Order.objects.filter(pk=row.order_id).values().get() == before
    assert OutboxEvent.objects.filter(topic="returns.disputed").count() == 1


def test_order_completes_on_time_whatever_is_open():
    row = return_in(ReturnStatus.DISPUTED)

    complete_overdue(row.order_id)

    row.refresh_from_db()
    assert (row.order.status, row.status) == ("completed", "disputed")


def test_buyer_gets_all_of_what_was_rejected():
    row = return_in(ReturnStatus.DISPUTED)
    item = row.order.items.get()
    staff = StaffFactory()

    dispute = refund_dispute(
        row.dispute.pk, actor=staff, reason="The photos show it.", with_shipping=True
    )
    drain_outbox()

    row.refresh_from_db()
    assert (dispute.refund.kind, dispute.refund.amount) == ("dispute", row.order.total_amount)
    assert dispute.refund.lines.get(order_item=item).quantity == item.quantity
    assert (dispute.status, dispute.decided_by) == ("refunded", staff)
    assert [event.to_status for event in row.events.order_by("pk")][-2:] == ["decided", "refunded"]


def test_buyer_gets_an_amount():
    row = return_in(ReturnStatus.DISPUTED)

    dispute = refund_dispute(row.dispute.pk, actor=StaffFactory(), reason="Half", amount=12_345)

    assert dispute.refund.amount == 12_345


def disputed_units():
    """A dispute about one unit of 100,000 and one of 50,000, of an order with two of each and more.

    The first item has given 10,000 before; shipping was 30,000 at least.
    """
    shop = ShopFactory()
    order = delivered(
        *(
            (VariantFactory(price_amount=price, product__shop=shop, stock=9), 2)
            for price in (100_000, 50_000, 70_000)
        )
    )
    items = {item.unit_price_amount: item.pk for item in order.items.all()}
    before = request_refund(
        order.pk,
        Wanted(units={items[100_000]: 1}, amount=10_000),
        kind=RefundKind.GOODWILL,
        source="before",
        actor=None,
    )
    assert before.lines.get().order_item_id == items[100_000]
    row = ask(order, {items[100_000]: 1, items[50_000]: 1})
    reject_return(row.pk, reason="Used", **seller_of(row))
    return dispute_of(row), {pk: price for price, pk in items.items()}


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        # Of what the units would give, 90,000 and 50,000, in proportion.
        (14_000, {100_000: 9_000, 50_000: 5_000}),
        (140_000, {100_000: 90_000, 50_000: 50_000}),
        (150_000, {100_000: 90_000, 50_000: 50_000, None: 10_000}),
        (170_000, {100_000: 90_000, 50_000: 50_000, None: 30_000}),
    ],
)
def test_amount_is_of_the_goods_in_question_and_then_of_the_shipping(amount, parts):
    dispute, prices = disputed_units()

    decided = refund_dispute(dispute.pk, actor=StaffFactory(), reason="So.", amount=amount)

    assert decided.refund.amount == amount
    lines = decided.refund.lines.all()
    assert {prices.get(line.order_item_id): line.amount for line in lines} == parts


def test_amount_beyond_the_goods_in_question_and_the_shipping_is_refused():
    dispute, _prices = disputed_units()
    most = 140_000 + dispute.return_request.order.shipping_fee_amount

    with pytest.raises(RefundExceedsPayment) as refusal:
        refund_dispute(dispute.pk, actor=StaffFactory(), reason="So.", amount=most + 1)

    assert refusal.value.details[0]["refundable"] == f"{most}"
    dispute.refresh_from_db()
    assert (dispute.status, Refund.objects.count()) == ("open", 1)


@pytest.mark.parametrize("amount", [None, 1_000])
def test_goods_whose_refund_was_not_approved_are_not_paid_for(settings, amount):
    settings.REFUND_APPROVAL_AMOUNT = 1
    row = received_in_part(3, paid=False)
    reject_refund(row.refund_id, actor=StaffFactory(), reason="Worn.")
    follow_refund(row.refund_id)
    row.refresh_from_db()

    decided = refund_dispute(dispute_of(row).pk, actor=StaffFactory(), reason="New.", amount=amount)

    line = decided.refund.lines.get()
    assert line.order_item == row.order.items.get()
    assert line.amount == (amount or line.order_item.line_total_amount)


@pytest.mark.parametrize("amount", [None, 1_000])
def test_decision_takes_the_place_of_a_refund_that_failed(amount):
    row = ask(delivered(), 1)
    approve_return(row.pk, **seller_of(row))
    receive_return(row.pk, **seller_of(row))
    row.refresh_from_db()
    fail_refund(row.refund_id, error="expired_card: No")
    staff, dispute = StaffFactory(), dispute_of(row)

    decided = refund_dispute(dispute.pk, actor=staff, reason="So.", amount=amount)
    drain_outbox()

    failed = Refund.objects.get(pk=row.refund_id)
    assert (failed.status, failed.last_error) == ("rejected", f"{staff}: So.")
    task = ReconciliationTask.objects.get(refund=failed)
    assert (task.status, task.resolved_by, task.note) == ("resolved", staff, "So.")
    with pytest.raises(InvalidTransition):
        retry_refund(failed.pk)
    price = row.order.items.get().unit_price_amount
    assert (decided.refund.amount, refunded_amount(row)) == (amount or price, amount or price)
    row.refresh_from_db()
    assert (row.status, row.closed_at is None) == ("refunded", False)


def test_buyer_gets_what_the_receipt_left_out():
    row = received_in_part(1)
    item = row.order.items.get()

    dispute = refund_dispute(dispute_of(row).pk, actor=StaffFactory(), reason="All came.")
    send_money(row)

    row.refresh_from_db()
    assert row.refund.amount == item.unit_price_amount
    assert dispute.refund.amount == 2 * item.unit_price_amount
    assert row.status == "refunded"


@pytest.mark.parametrize(
    ("make", "ends_as"),
    [
        (lambda: return_in(ReturnStatus.REJECTED), "rejected"),
        (lambda: return_in(ReturnStatus.APPROVED), "rejected"),
        (lambda: received_in_part(paid=False), "received"),
        (lambda: received_in_part(paid=True), "refunded"),
        (lambda: received_in_part(0), "received"),
    ],
)
def test_refused_dispute_leaves_things_as_they_were(make, ends_as):
    row = make()
    refunds = Refund.objects.count()

    refuse_dispute(dispute_of(row).pk, actor=StaffFactory(), reason="Worn for weeks.")

    row.refresh_from_db()
    assert row.status == ends_as
    assert Refund.objects.count() == refunds
    assert (row.closed_at is None) == (ends_as == "received" and row.refund_id is not None)
    with pytest.raises(AlreadyDisputed):
        dispute_of(row)


def test_money_that_comes_while_staff_decide_is_seen():
    row = received_in_part(paid=False)
    dispute = dispute_of(row)
    send_money(row)

    refuse_dispute(dispute.pk, actor=StaffFactory(), reason="One came.")

    row.refresh_from_db()
    assert row.status == "refunded"
    assert OutboxEvent.objects.filter(topic="returns.refunded").count() == 1


@pytest.mark.parametrize("make", [lambda: return_in(ReturnStatus.REJECTED), received_in_part])
def test_dispute_comes_within_the_days_for_it(make):
    row = make()
    Return.objects.update(moved_at=timezone.now() - timedelta(days=7, seconds=1))

    with pytest.raises(DisputeWindowClosed):
        dispute_of(row)

    assert not Dispute.objects.exists()


def test_units_of_a_rejected_return_that_go_back_otherwise_are_not_disputed():
    row = return_in(ReturnStatus.REJECTED)
    ask(row.order, 1)

    with pytest.raises(UnitsNotReturnable):
        dispute_of(row)

    row.refresh_from_db()
    assert row.status == "rejected"


def test_what_staff_refused_is_not_asked_for_again():
    row = return_in(ReturnStatus.DISPUTED)
    refuse_dispute(row.dispute.pk, actor=StaffFactory(), reason="Worn.")

    with pytest.raises(UnitsNotReturnable):
        ask(row.order)


def test_decision_needs_words_and_something_to_give():
    row = return_in(ReturnStatus.DISPUTED)
    staff, dispute = StaffFactory(), row.dispute

    with pytest.raises(InvalidInput):
        refuse_dispute(dispute.pk, actor=staff, reason=" ")
    with pytest.raises(RefundExceedsPayment):
        refund_dispute(dispute.pk, actor=staff, reason="All", amount=row.order.total_amount + 1)
    paid = received_in_part(3)
    other = dispute_of(paid)
    with pytest.raises(RefundNotPossible):
        refund_dispute(other.pk, actor=staff, reason="All")

    assert set(Dispute.objects.values_list("status", flat=True)) == {"open"}


def test_large_decision_waits_for_a_second_person(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1
    row = return_in(ReturnStatus.DECIDED)

    assert row.dispute.refund.status == "awaiting_approval"
    assert row.status == "decided"


@pytest.mark.django_db(transaction=True)
def test_dispute_is_decided_once():
    row = return_in(ReturnStatus.DISPUTED)
    staff = StaffFactory()
    services = [refund_dispute, refuse_dispute] * 3

    outcomes = run_in_parallel(
        lambda decide: decide(row.dispute.pk, actor=staff, reason="So it is."), arguments=services
    )

    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 5
    dispute = Dispute.objects.get()
    assert Refund.objects.count() == (dispute.status == "refunded")
    row.refresh_from_db()
    assert row.events.count() == 4


@pytest.mark.django_db(transaction=True)
def test_rejected_units_are_disputed_or_asked_for_again_but_not_both():
    for _ in range(5):
        row = ask(delivered())
        reject_return(row.pk, reason="Worn", **seller_of(row))
        actions = [lambda row=row: dispute_of(row), lambda row=row: ask(row.order)]

        outcomes = run_in_parallel(lambda action: action(), arguments=actions)

        assert sum(isinstance(outcome, UnitsNotReturnable) for outcome in outcomes) == 1
