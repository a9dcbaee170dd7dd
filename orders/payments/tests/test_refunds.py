"""Refunds: never more than was paid, approved by two where they are large, sent once."""

import time
from collections import Counter
from functools import partial
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.testing import drain_outbox, run_in_parallel, somebody_waits
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments import fake
from orders.payments.errors import (
    ProviderRefused,
    ProviderUnavailable,
    RefundExceedsPayment,
    RefundNotPossible,
    SecondPersonNeeded,
)
from orders.payments.gateways.base import RefundResult
from orders.payments.gateways.fake import Fake
from orders.payments.models import Payment, ReconciliationTask, Refund
from orders.payments.services import refunds as service
from orders.payments.services.capture import apply_outcome
from orders.payments.services.refunds import (
    Wanted,
    approve_refund,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.send_refunds import (
    ATTEMPTS_BEFORE_STAFF,
    LEASE,
    due_refunds,
    send_refund,
)
from orders.payments.services.start import start_payment
from orders.payments.services.unsent_refunds import record_sent_by_hand, retry_refund
from orders.payments.tests.factories import captured, place_online
from orders.services.cancel import cancel_order
from orders.settlement.models import LedgerEntry
from orders.tests.factories import place_one
from shops.errors import ConflictOfInterest
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def paid(*lines):
    """Place an order and pay it at the make-believe provider, so that it can send money back."""
    payment = place_online(*lines)
    start_payment(payment)
    fake.decide(payment.reference, "paid")
    apply_outcome(payment.pk, captured(payment))
    return payment.checkout.orders.get()


def ask(order, wanted=None, source="test", kind="goodwill", actor=None):
    return request_refund(order.pk, wanted or Wanted(), kind=kind, source=source, actor=actor)


def test_amount_is_spread_over_everything_that_was_paid():
    order = paid((VariantFactory(price_amount=100_000), 1))
    fee = order.shipping_fee_amount
    assert order.total_amount == 100_000 + fee

    refund = ask(order, Wanted(amount=10_000))
    drain_outbox()

    assert fee == 30_000
    lines = refund.lines.order_by("pk")
    assert [line.goods_amount for line in lines] == [7_692, 0]
    assert [line.shipping_amount for line in lines] == [0, 2_308]
    order.refresh_from_db()
    assert order.payment_status == "partially_refunded"


def test_units_come_without_shipping_unless_it_is_asked_for():
    order = paid((VariantFactory(price_amount=50_000), 3))
    item = order.items.get()

    one = ask(order, Wanted(units={item.pk: 1}), source="one")
    two = ask(order, Wanted(units={item.pk: 2}, with_shipping=True), source="two")

    assert one.amount == 50_000
    assert two.amount == 100_000 + order.shipping_fee_amount
    with pytest.raises(InvalidInput, match="0 units"):
        ask(order, Wanted(units={item.pk: 1}), source="three")


def test_same_source_again_is_the_same_refund():
    order = paid()

    assert ask(order, Wanted(amount=1)).pk == ask(order, Wanted(amount=2)).pk
    assert Refund.objects.get().amount == 1


def test_unpaid_order_has_nothing_to_refund():
    payment = place_online()

    with pytest.raises(RefundNotPossible):
        ask(payment.checkout.orders.get())
    with pytest.raises(RefundNotPossible):
        ask(place_one())


def test_more_than_was_paid_is_refused_and_changes_nothing():
    order = paid()
    ask(order, Wanted(amount=order.total_amount - 5), source="first")

    with pytest.raises(RefundExceedsPayment) as refusal:
        ask(order, Wanted(amount=6), source="second")

    assert refusal.value.details[0]["refundable"] == "5"
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_refunds_of_sixty_percent_at_once_make_one():
    order = paid()
    amount = order.total_amount * 6 // 10

    def one(number):
        try:
            ask(order, Wanted(amount=amount), source=f"copy {number}")
        except RefundExceedsPayment:
            return "refused"
        return "made"

    outcomes = Counter(run_in_parallel(one, arguments=list(range(50))))

    assert outcomes == {"made": 1, "refused": 49}
    drain_outbox()
    assert fake.look_up(Payment.objects.get().reference).refunds.keys() == {
        Refund.objects.get().pk.hex
    }


@pytest.mark.breaks_invariants
@pytest.mark.django_db(transaction=True)
def test_race_of_refunds_is_real_without_the_locks(monkeypatch):
    order = paid()
    amount = order.total_amount * 6 // 10
    monkeypatch.setattr(service.Order.objects, "lock", lambda pk: service.Order.objects.get(pk=pk))
    monkeypatch.setattr(service, "paying_payment", lambda order: Payment.objects.get())

    def one(number):
        try:
            ask(order, Wanted(amount=amount), source=f"copy {number}")
        except RefundExceedsPayment:
            return "refused"
        return "made"

    outcomes = Counter(run_in_parallel(one, arguments=list(range(50))))

    assert outcomes["made"] > 1
    Refund.objects.update(status="rejected")


def test_large_refund_waits_for_a_second_person(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    order = paid()
    first, second = UserFactory(is_staff=True), UserFactory(is_staff=True)

    refund = ask(order, Wanted(amount=1_001), actor=first)
    drain_outbox()

    assert refund.status == "awaiting_approval"
    assert not fake.look_up(Payment.objects.get().reference).refunds
    with pytest.raises(SecondPersonNeeded):
        approve_refund(refund.pk, actor=first)
    approve_refund(refund.pk, actor=second)
    drain_outbox()
    refund.refresh_from_db()
    assert (refund.status, refund.approved_by) == ("succeeded", second)
    with pytest.raises(InvalidTransition):
        approve_refund(refund.pk, actor=second)


def test_refused_approval_gives_the_claim_back(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    order = paid()
    refund = ask(order)

    reject_refund(refund.pk, actor=UserFactory(is_staff=True), reason="No")

    assert ask(order, source="again").amount == order.total_amount


def test_small_refund_needs_nobody_else(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000

    assert ask(paid(), Wanted(amount=1_000)).status == "pending"


def test_small_refunds_of_an_order_are_no_way_around_the_second_person(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    order = paid()

    first = ask(order, Wanted(amount=600), source="one")
    second = ask(order, Wanted(amount=600), source="two")
    approve_refund(second.pk, actor=UserFactory(is_staff=True))
    third = ask(order, Wanted(amount=400), source="three")

    # What a second person has seen does not count.
    assert (first.status, second.status, third.status) == (
        "pending",
        "awaiting_approval",
        "pending",
    )


def test_nobody_refunds_themselves():
    order = paid()

    refund = ask(order, Wanted(amount=1), actor=order.buyer)

    assert refund.status == "awaiting_approval"
    Refund.objects.update(requested_by=UserFactory())
    with pytest.raises(ConflictOfInterest):
        approve_refund(refund.pk, actor=order.buyer)


def test_provider_that_does_not_answer_is_asked_again(monkeypatch):
    order = paid()
    refund = ask(order)
    monkeypatch.setattr(Fake, "refund", lambda self, order: (_ for _ in ()).throw(Unavailable()))

    assert send_refund(refund.pk) is True

    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == ("pending", 1)
    assert due_refunds(10) == []
    assert send_refund(refund.pk) is False
    monkeypatch.undo()
    Refund.objects.update(next_try_at="2026-01-01T00:00:00Z")
    assert send_refund(refund.pk) is True
    refund.refresh_from_db()
    assert refund.status == "succeeded"


@pytest.mark.parametrize("is_refused", [False, True])
def test_late_answer_to_a_try_says_nothing_of_a_newer_one(monkeypatch, is_refused):
    """A worker that lost its claim, and whose refund staff try again meanwhile."""
    refund = ask(paid())

    def answer_late(self, order):
        fail_refund(refund.pk, error="refused to another worker")
        retry_refund(refund.pk)
        if is_refused:
            raise ProviderRefused("refused")
        return RefundResult(is_final=False, provider_reference="of the try before")

    monkeypatch.setattr(Fake, "refund", answer_late)
    send_refund(refund.pk)

    refund.refresh_from_db()
    assert (refund.status, refund.provider_reference) == ("pending", "")
    assert (refund.retries, refund.attempts, refund.last_error) == (
        1,
        0,
        "refused to another worker",
    )
    assert due_refunds(10) == [refund.pk]


class Unavailable(ProviderUnavailable):
    pass


def test_refused_refund_can_be_tried_again_by_staff():
    order = paid()
    charge = fake.look_up(Payment.objects.get().reference)
    type(charge).objects.update(state="failed")
    refund = ask(order)
    drain_outbox()
    refund.refresh_from_db()
    assert refund.status == "failed"
    assert ReconciliationTask.objects.get().kind == "refund_failed"

    type(charge).objects.update(state="paid")
    retry_refund(refund.pk)
    drain_outbox()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert ReconciliationTask.objects.get().resolved_at is not None


def test_refused_refund_is_not_tried_again_once_its_units_were_paid_for_otherwise():
    shop = ShopFactory()
    two = [VariantFactory(price_amount=50_000, product__shop=shop) for _ in range(2)]
    order = paid(*((variant, 1) for variant in two))
    units = {order.items.order_by("pk").first().pk: 1}
    refused = ask(order, Wanted(units=units), source="first")
    fail_refund(refused.pk, error="No")
    complete_refund(ask(order, Wanted(units=units), source="second").pk)

    for again in (retry_refund, partial(record_sent_by_hand, reference="FT1")):
        with pytest.raises(RefundExceedsPayment):
            again(refused.pk)

    refused.refresh_from_db()
    assert refused.status == "failed"


def test_refused_refund_can_be_sent_from_the_bank():
    order = paid()
    refund = ask(order)
    fail_refund(refund.pk, error="No")

    record_sent_by_hand(refund.pk, reference="FT26112200001")

    refund.refresh_from_db()
    assert (refund.status, refund.provider_reference) == ("succeeded", "FT26112200001")
    assert ReconciliationTask.objects.get().resolved_at is not None
    paid_from = LedgerEntry.objects.filter(kind="refund_paid", amount__lt=0)
    assert paid_from.get().account == "bank"
    with pytest.raises(InvalidTransition):
        record_sent_by_hand(refund.pk, reference="FT26112200001")


def test_refund_that_its_provider_may_be_sending_is_not_sent_from_the_bank_too():
    refund = ask(paid())

    for attempts in (0, ATTEMPTS_BEFORE_STAFF):
        Refund.objects.update(attempts=attempts, updated_at=timezone.now())
        with pytest.raises(InvalidTransition):
            record_sent_by_hand(refund.pk, reference="FT1")
        refund.refresh_from_db()
        assert (refund.status, refund.provider_reference) == ("pending", "")

    # It has taken it on, and may take days: what it says in the end decides.
    Refund.objects.update(updated_at=timezone.now() - LEASE, provider_reference="re_1")
    with pytest.raises(InvalidTransition):
        record_sent_by_hand(refund.pk, reference="FT1")
    refund.refresh_from_db()
    assert (refund.status, refund.provider_reference) == ("pending", "re_1")

    Refund.objects.update(provider_reference="")
    assert record_sent_by_hand(refund.pk, reference="FT1").status == "succeeded"


def test_refused_approval_after_a_cancel_lets_the_money_go_back(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    order = paid()
    waiting = ask(order, Wanted(amount=10_000))
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")

    reject_refund(waiting.pk, actor=UserFactory(is_staff=True), reason="It is cancelled")
    drain_outbox()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("cancelled", "refunded")
    back = Refund.objects.filter(kind="cancelled").order_by("pk").values_list("amount", flat=True)
    assert list(back) == [order.total_amount - 10_000, 10_000]


@pytest.mark.django_db(transaction=True)
def test_refund_is_completed_once():
    order = paid()
    refund = ask(order)

    outcomes = run_in_parallel(lambda: complete_refund(refund.pk), times=20)

    assert Counter(outcomes) == {True: 1, False: 19}
    share = Payment.objects.get().shares.get()
    assert share.refunded_amount == order.total_amount


@pytest.mark.django_db(transaction=True)
def test_refund_is_sent_by_one_worker_at_a_time():
    order = paid()
    refund = ask(order)

    outcomes = run_in_parallel(lambda: send_refund(refund.pk), times=10)

    assert Counter(outcomes) == {True: 1, False: 9}


def paid_in_cash():
    order = place_one()
    for step in ("confirmed", "packed", "shipped", "delivered"):
        change_status(
            order.pk, OrderStatus(step), actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )
    return order


@pytest.mark.django_db(transaction=True)
def test_approval_and_refusal_at_once_do_not_wait_for_each_other(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1
    refund = ask(paid_in_cash(), Wanted(amount=1_000))
    staff = UserFactory(is_staff=True)
    is_locked = Event()

    def refuse():
        with transaction.atomic():
            lock_payment(refund)
            is_locked.set()
            deadline = time.monotonic() + 60
            while not somebody_waits() and time.monotonic() < deadline:
                time.sleep(0.01)
            reject_refund(refund.pk, actor=staff, reason="Too much.")

    def approve():
        is_locked.wait(60)
        approve_refund(refund.pk, actor=staff)

    refused, approved = run_in_parallel(lambda work: work(), arguments=[refuse, approve])

    assert (refused, type(approved)) == (None, InvalidTransition)
    refund.refresh_from_db()
    assert (refund.status, refund.approved_by) == ("rejected", None)


def lock_payment(refund):
    Order.objects.lock(refund.order_id)
    Payment.objects.select_for_update(of=("self",)).get(pk=refund.payment_id)


def test_collected_cash_is_sent_back_by_hand():
    order = paid_in_cash()

    refund = ask(order, Wanted(amount=1_000))
    drain_outbox()

    assert ReconciliationTask.objects.get().kind == "refund_by_hand"
    assert due_refunds(10) == []
    complete_refund(refund.pk, provider_reference="bank transfer 1")
    order.refresh_from_db()
    assert order.payment_status == "partially_refunded"
    assert ReconciliationTask.objects.get().resolved_at is not None
