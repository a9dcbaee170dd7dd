"""Asking to send goods back: what was delivered and paid, within the days for it, and once."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput
from marketplace.common.images import clean_image
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, image_upload, run_in_parallel
from orders.constants import OrderStatus, PaymentStatus
from orders.models import Order
from orders.payments.services.capture import apply_outcome
from orders.payments.services.chargebacks import record_lost_chargeback
from orders.payments.services.refunds import complete_refund, fail_refund
from orders.payments.services.start import create_payment
from orders.payments.tests.factories import captured, charged_back, place_paid
from orders.returns.constants import MAX_RETURNS, ReturnStatus
from orders.returns.errors import (
    IllegalReturnStep,
    NotReturnable,
    ReturnWindowClosed,
    TooManyReturns,
    UnitsBeingReturned,
    UnitsNotReturnable,
)
from orders.returns.models import Return
from orders.returns.services import requesting
from orders.returns.services.answering import approve_return
from orders.returns.services.receiving import receive_return
from orders.returns.services.refunds import refund_order
from orders.returns.services.requesting import cancel_return
from orders.returns.tests.factories import ask, deliver, delivered, return_in, seller_of
from orders.services.progress import confirm_receipt
from orders.tests.factories import place_one

pytestmark = pytest.mark.django_db


def nothing_was_asked():
    return (
        not Return.objects.exists()
        and not OutboxEvent.objects.filter(topic__startswith="returns.").exists()
    )


def test_request_names_units_and_sets_the_sellers_deadline():
    order = delivered()
    item = order.items.get()

    row = ask(order, 2, comment="Rách")

    assert (row.status, row.shop_id, row.comment) == ("requested", order.shop_id, "Rách")
    assert list(row.lines.values_list("order_item", "quantity")) == [(item.pk, 2)]
    assert row.deadline_at - row.moved_at == timedelta(days=3)
    event = row.events.get()
    assert (event.from_status, event.to_status, event.actor) == ("", "requested", order.buyer)
    assert OutboxEvent.objects.filter(topic="returns.requested").count() == 1


@pytest.mark.parametrize("completed", [False, True])
def test_delivered_and_completed_orders_can_be_returned_and_are_not_moved(completed):
    order = delivered()
    if completed:
        confirm_receipt(order.pk, actor=order.buyer)
    before = Order.objects.filter(pk=order.pk).values().get()

    ask(order)

    assert Order.objects.filter(pk=order.pk).values().get() == before


def test_cash_that_was_collected_can_be_returned_too():
    order = deliver(place_one())

    assert ask(order).status == ReturnStatus.REQUESTED


def test_what_was_not_delivered_is_refused():
    with pytest.raises(NotReturnable):
        ask(place_paid())
    with pytest.raises(NotReturnable):
        ask(place_one())

    assert nothing_was_asked()


def test_order_whose_money_went_back_is_refused():
    order = delivered()
    Order.objects.filter(pk=order.pk).update(payment_status=PaymentStatus.REFUNDED)

    with pytest.raises(NotReturnable):
        ask(order)

    assert nothing_was_asked()


def test_window_ends_so_many_days_after_delivery(settings):
    settings.RETURN_WINDOW_DAYS = 5
    order = delivered()
    ended = timezone.now() - timedelta(days=5)
    Order.objects.filter(pk=order.pk).update(delivered_at=ended - timedelta(seconds=1))

    with pytest.raises(ReturnWindowClosed):
        ask(order)

    assert nothing_was_asked()
    Order.objects.filter(pk=order.pk).update(delivered_at=ended + timedelta(minutes=1))
    ask(order)


def test_items_of_other_orders_and_more_units_than_were_bought_are_refused():
    order, other = delivered(), delivered()

    with pytest.raises(InvalidInput, match="no such item"):
        ask(order, {other.items.get().pk: 1})
    with pytest.raises(UnitsNotReturnable) as refusal:
        ask(order, 4)

    assert refusal.value.details[0]["returnable"] == 3
    assert nothing_was_asked()


def test_units_of_another_return_are_refused_until_it_came_to_nothing():
    order = delivered()
    first = ask(order, 2)

    with pytest.raises(UnitsNotReturnable) as refusal:
        ask(order, 2)

    assert refusal.value.details[0]["returnable"] == 1
    cancel_return(first.pk, actor=order.buyer)
    ask(order, 3)


@pytest.mark.parametrize(
    "status",
    [
        ReturnStatus.REQUESTED,
        ReturnStatus.APPROVED,
        ReturnStatus.RECEIVED,
        ReturnStatus.REFUNDED,
        ReturnStatus.DISPUTED,
        ReturnStatus.DECIDED,
    ],
)
def test_units_stay_claimed_in_every_state_but_the_ends_without_goods(status):
    order = delivered((VariantFactory(stock=10), 3))
    return_in(status, order)
    # Something of the order is paid all the same.
    Order.objects.filter(pk=order.pk).update(payment_status=PaymentStatus.PARTIALLY_REFUNDED)

    with pytest.raises(UnitsNotReturnable):
        ask(order, 1)


def test_units_that_were_refunded_without_goods_cannot_be_returned():
    order = delivered()
    item = order.items.get()
    refund_order(order.pk, actor=order.shop.owner, reason="Sorry", units={item.pk: 2})

    with pytest.raises(UnitsNotReturnable):
        ask(order, 2)

    ask(order, 1)


@pytest.mark.parametrize("is_charged_back", [False, True])
def test_units_are_returned_after_money_that_came_twice_went_back(is_charged_back):
    order = delivered()
    first = order.checkout.payments.get()
    twice = create_payment(
        order.checkout, [order], method=first.provider, expires_at=first.expires_at
    )
    apply_outcome(twice.pk, captured(twice))
    surplus = twice.refunds.get()
    if is_charged_back:
        fail_refund(surplus.pk, error="charge_disputed")
        task = charged_back(twice, twice.amount)
        record_lost_chargeback(task.pk, actor=StaffFactory(), note="Letter.")
    else:
        complete_refund(surplus.pk)

    row = ask(order)
    approve_return(row.pk, **seller_of(row))
    receive_return(row.pk, **seller_of(row))

    row.refresh_from_db()
    assert row.refund.payment == first
    assert row.refund.amount == order.items.get().line_total_amount


def test_units_of_an_open_return_are_not_refunded_without_goods():
    order = delivered()
    item = order.items.get()
    ask(order, 2)

    with pytest.raises(UnitsBeingReturned):
        refund_order(order.pk, actor=order.shop.owner, reason="Sorry", units={item.pk: 2})

    assert not order.refunds.exists()
    refund_order(order.pk, actor=order.shop.owner, reason="Sorry", units={item.pk: 1})


def test_order_cannot_be_asked_for_without_end():
    order = delivered()
    for _ in range(MAX_RETURNS):
        cancel_return(ask(order).pk, actor=order.buyer)

    with pytest.raises(TooManyReturns):
        ask(order)

    assert order.returns.count() == MAX_RETURNS


@pytest.mark.django_db(transaction=True)
def test_units_are_claimed_once_however_many_ask_at_once():
    order = delivered((VariantFactory(stock=10), 5))

    outcomes = run_in_parallel(lambda: ask(order, 2), times=8)

    assert sum(isinstance(outcome, Return) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, UnitsNotReturnable) for outcome in outcomes) == 6
    assert order.returns.count() == 2


@pytest.mark.django_db(transaction=True)
def test_units_are_returned_or_refunded_by_the_shop_but_not_both():
    for _ in range(5):
        order = delivered()
        item = order.items.get()

        def refund(order=order, item=item):
            return refund_order(
                order.pk, actor=order.shop.owner, reason="Sorry", units={item.pk: 2}
            )

        outcomes = run_in_parallel(
            lambda call: call(), arguments=[refund, lambda order=order: ask(order, 2)]
        )

        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert [type(error) for error in refused] in ([UnitsBeingReturned], [UnitsNotReturnable])
        assert order.returns.count() + order.refunds.count() == 1


def photo():
    return clean_image(image_upload("JPEG", size=(1600, 800)))


def test_photos_are_kept_in_order_and_resized():
    row = ask(delivered(), photos=[photo(), photo()])
    drain_outbox()

    assert [image.position for image in row.photos.all()] == [0, 1]
    assert all(image.file.name.endswith(".1200.webp") for image in row.photos.all())
    assert all(default_storage.exists(image.file.name) for image in row.photos.all())


def test_photos_of_a_refused_request_do_not_stay(monkeypatch):
    order = delivered()
    stored = []
    monkeypatch.setattr(
        requesting, "_write", lambda _order, _units, names, **_: stored.extend(names) or 1 / 0
    )

    with pytest.raises(ZeroDivisionError):
        ask(order, photos=[photo()])

    assert len(stored) == 1
    assert not default_storage.exists(stored[0])


def test_buyer_keeps_the_goods_after_all():
    row = return_in(ReturnStatus.APPROVED)

    cancel_return(row.pk, actor=row.order.buyer)

    row.refresh_from_db()
    assert (row.status, row.deadline_at) == ("cancelled", None)
    assert row.closed_at is not None
    assert OutboxEvent.objects.filter(topic="returns.cancelled").count() == 1


def test_goods_that_came_back_are_not_kept():
    row = return_in(ReturnStatus.RECEIVED)

    with pytest.raises(IllegalReturnStep):
        cancel_return(row.pk, actor=row.order.buyer)

    assert Return.objects.get().status == "received"
    assert Order.objects.get().status == OrderStatus.DELIVERED
