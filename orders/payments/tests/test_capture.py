"""What a provider's word does: once, forward only, and never with money left over."""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest

from accounts.tests.factories import UserFactory
from catalog.inventory.models import Reservation, StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.checkout.pay import pay_checkout
from orders.constants import ActorKind
from orders.models import Order
from orders.payments import fake
from orders.payments.constants import EventOutcome, OutcomeKind
from orders.payments.errors import NotPayable
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment, ReconciliationTask, Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.refunds import Wanted, reject_refund, request_refund
from orders.payments.tests.factories import captured, pay_at_fake, place_online, run_out
from orders.services.cancel import cancel_order
from orders.tests.factories import place_one
from shops.models import Shop
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db


def statuses(payment: Payment) -> tuple[str, list[str], list[str]]:
    payment.refresh_from_db()
    orders = Order.objects.filter(checkout=payment.checkout_id).order_by("pk")
    return (
        payment.status,
        [order.status for order in orders],
        [order.payment_status for order in orders],
    )


def test_captured_money_places_every_order_of_the_checkout():
    payment = place_online((VariantFactory(), 2), (VariantFactory(), 1))

    assert apply_outcome(payment.pk, captured(payment)) == EventOutcome.APPLIED

    assert statuses(payment) == ("captured", ["placed", "placed"], ["paid", "paid"])
    shares = payment.shares.values_list("amount", "captured_amount")
    assert all(amount == got for amount, got in shares)
    assert sum(got for _, got in shares) == payment.amount
    assert set(Reservation.objects.values_list("status", "expires_at")) == {("held", None)}
    topics = Counter(OutboxEvent.objects.values_list("topic", flat=True))
    assert topics["payments.captured"] == 1
    assert topics["orders.paid"] == 2
    assert topics["orders.placed"] == 2


def test_same_word_again_changes_nothing():
    payment = place_online()
    apply_outcome(payment.pk, captured(payment))
    events = OutboxEvent.objects.count()

    assert apply_outcome(payment.pk, captured(payment)) == EventOutcome.DUPLICATE

    assert OutboxEvent.objects.count() == events
    assert statuses(payment) == ("captured", ["placed"], ["paid"])


@pytest.mark.parametrize(
    "change", [{"amount": 1}, {"amount": -1}, {"currency": "USD"}, {"amount": 0}]
)
def test_another_amount_has_no_effect_and_goes_before_staff(change):
    payment = place_online()

    outcome = apply_outcome(payment.pk, captured(payment, **change))
    apply_outcome(payment.pk, captured(payment, **change))

    assert outcome == EventOutcome.AMOUNT_MISMATCH
    assert statuses(payment)[:2] == ("pending", ["pending_payment"])
    assert ReconciliationTask.objects.get().kind == "amount_mismatch"


def test_failed_try_leaves_the_checkout_to_another_one():
    payment = place_online()

    apply_outcome(payment.pk, Outcome(OutcomeKind.FAILED, failure_code="24"))

    assert statuses(payment) == ("failed", ["pending_payment"], ["unpaid"])
    assert payment.failure_code == "24"
    second = pay_checkout(payment.checkout_id, method="FAKE")
    apply_outcome(second.pk, captured(second))
    assert statuses(second) == ("captured", ["placed"], ["paid"])


def test_money_after_the_end_takes_the_goods_again_where_they_are_left():
    payment = place_online((VariantFactory(stock=3), 2))
    run_out(payment)
    assert statuses(payment) == ("expired", ["cancelled"], ["unpaid"])

    apply_outcome(payment.pk, captured(payment))

    assert statuses(payment) == ("captured", ["placed"], ["paid"])
    assert StockItem.objects.get().reserved == 2
    order = Order.objects.get()
    assert (order.cancelled_at, order.cancel_reason) == (None, "")
    assert not Refund.objects.exists()


def test_money_after_the_end_goes_back_where_the_goods_are_gone():
    variant = VariantFactory(stock=2)
    payment = place_online((variant, 2))
    pay_at_fake(payment)
    run_out(payment)
    other = place_online((variant, 1))

    apply_outcome(payment.pk, captured(payment))
    drain_outbox()

    assert statuses(payment) == ("refunded", ["cancelled"], ["refunded"])
    refund = Refund.objects.get()
    assert (refund.kind, refund.amount, refund.status) == ("late", payment.amount, "succeeded")
    assert fake.look_up(payment.reference).refunds == {refund.pk.hex: payment.amount}
    assert StockItem.objects.get().reserved == 1
    assert statuses(other)[1] == ["pending_payment"]


def test_money_after_the_end_uses_its_voucher_again():
    voucher = VoucherFactory(usage_limit=1, kind="fixed", value=5_000)
    payment = place_online((VariantFactory(stock=3), 1), voucher_codes=[voucher.code])
    run_out(payment)
    voucher.refresh_from_db()
    assert (voucher.used_count, voucher.spent_amount) == (0, 0)

    apply_outcome(payment.pk, captured(payment))

    voucher.refresh_from_db()
    assert (voucher.used_count, voucher.spent_amount) == (1, 5_000)
    assert statuses(payment) == ("captured", ["placed"], ["paid"])
    assert voucher.redemptions.get().status == "applied"


def test_money_after_the_end_goes_back_where_the_voucher_is_used_up():
    voucher = VoucherFactory(usage_limit=1, kind="fixed", value=5_000)
    variant = VariantFactory(stock=3)
    payment = place_online((variant, 1), voucher_codes=[voucher.code])
    pay_at_fake(payment)
    run_out(payment)
    place_online((variant, 1), voucher_codes=[voucher.code])

    apply_outcome(payment.pk, captured(payment))
    drain_outbox()

    assert statuses(payment) == ("refunded", ["cancelled"], ["refunded"])
    assert StockItem.objects.get().reserved == 1
    voucher.refresh_from_db()
    assert voucher.used_count == 1


def test_money_after_the_end_uses_a_first_orders_voucher_for_one_order():
    voucher = VoucherFactory(kind="fixed", value=5_000, is_first_order_only=True)
    variant, buyer = VariantFactory(stock=3), UserFactory()
    first = place_online((variant, 1), buyer=buyer, voucher_codes=[voucher.code])
    run_out(first)
    second = place_online((variant, 1), buyer=buyer, voucher_codes=[voucher.code])
    run_out(second)

    apply_outcome(first.pk, captured(first))
    apply_outcome(second.pk, captured(second))

    assert statuses(first) == ("captured", ["placed"], ["paid"])
    assert statuses(second)[1] == ["cancelled"]
    assert Refund.objects.get().amount == second.amount
    voucher.refresh_from_db()
    assert voucher.used_count == 1


def test_money_after_a_cancel_goes_back_once():
    payment = place_online()
    pay_at_fake(payment)
    order = Order.objects.get()
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")

    apply_outcome(payment.pk, captured(payment))
    apply_outcome(payment.pk, captured(payment))
    drain_outbox()

    assert statuses(payment) == ("refunded", ["cancelled"], ["refunded"])
    assert Refund.objects.get().amount == payment.amount


def test_share_of_a_cancelled_order_goes_back_while_its_sibling_is_placed():
    payment = place_online((VariantFactory(), 2), (VariantFactory(), 1))
    pay_at_fake(payment)
    order = Order.objects.order_by("pk").first()
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")

    apply_outcome(payment.pk, captured(payment))
    drain_outbox()

    assert statuses(payment) == (
        "partially_refunded",
        ["cancelled", "placed"],
        ["refunded", "paid"],
    )
    assert Refund.objects.get().amount == order.total_amount


def test_second_payment_of_a_checkout_goes_back_whole():
    first = place_online()
    second = pay_checkout(first.checkout_id, method="FAKE")
    pay_at_fake(first)
    pay_at_fake(second)

    apply_outcome(first.pk, captured(first))
    apply_outcome(second.pk, captured(second))
    drain_outbox()

    assert statuses(first) == ("captured", ["placed"], ["paid"])
    assert statuses(second)[0] == "refunded"
    refund = Refund.objects.get()
    assert (refund.payment_id, refund.kind) == (second.pk, "surplus")


def test_second_payment_that_brings_an_order_back_is_the_one_it_is_refunded_from():
    variant = VariantFactory(stock=1)
    late = place_online((variant, 1))
    second = pay_checkout(late.checkout_id, method="FAKE")
    pay_at_fake(late)
    pay_at_fake(second)
    run_out(late)
    other = place_online((variant, 1))
    apply_outcome(late.pk, captured(late))  # the goods are gone
    run_out(other)
    apply_outcome(second.pk, captured(second))  # they are there again
    drain_outbox()
    assert statuses(late) == ("refunded", ["placed"], ["paid"])
    order = Order.objects.get(checkout=late.checkout_id)

    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")
    drain_outbox()

    assert statuses(second) == ("refunded", ["cancelled"], ["refunded"])
    refunds = Refund.objects.order_by("pk").values_list("payment", "kind", "status")
    assert list(refunds) == [
        (late.pk, "late", "succeeded"),
        (second.pk, "cancelled", "succeeded"),
    ]


def test_free_order_beside_a_cancelled_one_does_not_keep_its_money():
    free = VariantFactory()
    codes = [
        VoucherFactory(shop=free.product.shop, kind="percentage", value=10_000).code,
        VoucherFactory(kind="free_shipping", value=0).code,
    ]
    payment = place_online((VariantFactory(), 1), (free, 1), voucher_codes=codes)
    pay_at_fake(payment)
    paid = Order.objects.exclude(total_amount=0).get()
    cancel_order(paid.pk, actor=paid.buyer, actor_kind=ActorKind.BUYER, reason="No")
    assert statuses(payment)[0] == "requires_action"
    with pytest.raises(NotPayable):  # no provider takes nothing
        pay_checkout(payment.checkout_id, method="FAKE")

    assert apply_outcome(payment.pk, captured(payment)) == EventOutcome.APPLIED
    drain_outbox()

    refund = Refund.objects.get()
    assert (refund.order, refund.amount, refund.status) == (paid, payment.amount, "succeeded")
    assert Order.objects.get(total_amount=0).status == "placed"


def test_voucher_is_counted_once_when_orders_come_back_one_after_the_other():
    voucher = VoucherFactory(usage_limit=1, kind="fixed", value=5_000)
    variant = VariantFactory()
    first = place_online((VariantFactory(), 1), (variant, 1), voucher_codes=[voucher.code])
    second = pay_checkout(first.checkout_id, method="FAKE")
    run_out(first)
    shop = Shop.objects.filter(pk=variant.product.shop_id)
    shop.update(status="suspended")
    apply_outcome(first.pk, captured(first))
    shop.update(status="approved")

    apply_outcome(second.pk, captured(second))

    assert statuses(second)[1] == ["placed", "placed"]
    voucher.refresh_from_db()
    assert (voucher.used_count, voucher.spent_amount) == (1, 5_000)


def test_paid_order_that_is_cancelled_is_refunded():
    payment = place_online()
    pay_at_fake(payment)
    apply_outcome(payment.pk, captured(payment))
    order = Order.objects.get()

    cancel_order(order.pk, actor=order.shop.owner, actor_kind=ActorKind.SELLER, reason="Gone")
    drain_outbox()

    assert statuses(payment) == ("refunded", ["cancelled"], ["refunded"])
    assert Refund.objects.get().kind == "cancelled"


def test_cash_order_is_not_refunded_when_it_is_cancelled():
    order = place_one()

    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")

    assert not Refund.objects.exists()
    assert Payment.objects.get().status == "cancelled"


def test_refund_in_the_providers_console_is_taken_note_of():
    payment = place_online()
    apply_outcome(payment.pk, captured(payment))
    said = replace(captured(payment), kind=OutcomeKind.REFUNDED, refunded_amount=1_000)

    apply_outcome(payment.pk, said)
    apply_outcome(payment.pk, said)

    refund = Refund.objects.get()
    assert (refund.kind, refund.amount, refund.status) == ("external", 1_000, "succeeded")
    assert statuses(payment) == ("partially_refunded", ["placed"], ["partially_refunded"])


def test_refund_in_the_console_is_noted_again_once_there_is_room_for_it(settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    payment = place_online()
    apply_outcome(payment.pk, captured(payment))
    order = Order.objects.get()
    waiting = request_refund(
        order.pk, Wanted(amount=2_000), kind="goodwill", source="test", actor=None
    )
    said = replace(captured(payment), kind=OutcomeKind.REFUNDED, refunded_amount=payment.amount)
    apply_outcome(payment.pk, said)
    assert ReconciliationTask.objects.get().details["not_in_the_books"] == 2_000
    reject_refund(waiting.pk, actor=UserFactory(is_staff=True), reason="Done in the console")

    apply_outcome(payment.pk, said)

    assert statuses(payment) == ("refunded", ["placed"], ["refunded"])


WORDS = ["created", "processing", "succeeded", "failed", "refunded"]


@pytest.mark.no_cover
@pytest.mark.parametrize("words", list(permutations(WORDS)), ids="-".join)
def test_words_in_any_order_end_in_the_same_state(words):
    payment = place_online()
    whole = captured(payment)
    said = {
        "created": Outcome(OutcomeKind.UNKNOWN),
        "processing": Outcome(OutcomeKind.PROCESSING),
        "succeeded": whole,
        "failed": Outcome(OutcomeKind.FAILED, failure_code="51"),
        "refunded": replace(whole, kind=OutcomeKind.REFUNDED, refunded_amount=whole.amount),
    }

    for word in words:
        apply_outcome(payment.pk, said[word])

    assert statuses(payment) == ("refunded", ["placed"], ["refunded"])
    assert Refund.objects.get().amount == payment.amount


@pytest.mark.django_db(transaction=True)
def test_hundred_words_at_once_have_one_effect():
    payment = place_online()

    outcomes = run_in_parallel(lambda: apply_outcome(payment.pk, captured(payment)), times=100)

    assert Counter(outcomes) == {EventOutcome.APPLIED: 1, EventOutcome.DUPLICATE: 99}
    assert statuses(payment) == ("captured", ["placed"], ["paid"])
    assert OutboxEvent.objects.filter(topic="orders.placed").count() == 1


@pytest.mark.no_cover
@pytest.mark.django_db(transaction=True)
def test_cancel_and_payment_together_end_cancelled_and_refunded_or_paid(request):
    """`--races 200` for a long run."""
    for _ in range(request.config.getoption("--races")):
        payment = place_online()
        pay_at_fake(payment)
        order = Order.objects.get(checkout=payment.checkout_id)

        def cancel(order=order):
            cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No")

        def pay(payment=payment):
            apply_outcome(payment.pk, captured(payment))

        run_in_parallel(lambda act: act(), arguments=[cancel, pay])
        drain_outbox()

        assert statuses(payment) in [
            ("captured", ["placed"], ["paid"]),
            ("refunded", ["cancelled"], ["refunded"]),
        ]
