"""Orders are paid, and money goes back, whatever is killed on the way; by real workers.

A short run by default; `--orders 1000 --kills 20` for a long one.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import AddressFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.webhooks import Message
from marketplace.tests.workers import PATIENCE_SECONDS
from notifications.models import Notification
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.models import Order
from orders.payments import fake
from orders.payments.constants import CAPTURED_STATES
from orders.payments.models import FakeCharge, Payment, Refund
from orders.payments.services.webhooks import receive
from orders.payments.tests.factories import pay_at_fake, place_online
from orders.services.cancel import cancel_order
from orders.settlement.services.verify import differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.no_cover]

TASKS = ("outbox.dispatch", "payments.reconcile", "payments.send_refunds")
LONG_AGO = timedelta(minutes=10)


def test_kills_of_the_worker_lose_no_money_and_send_none_twice(request, settings, worker, beat):
    orders, kills = request.config.getoption("--orders"), request.config.getoption("--kills")
    settings.MAX_UNPAID_CHECKOUTS = orders
    variant = VariantFactory(stock=orders)
    buyer = AddressFactory().user

    def shop() -> None:
        for number in range(orders):
            buy(variant, buyer, is_reported=number % 4 != 0, is_cancelled=number % 3 == 0)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        shopping = pool.submit(shop)
        for number in range(1, kills):
            # In the middle of the work: each kill waits for its share of it.
            wait_until_handled(number * orders // (kills + 5), beat)
            if number != kills // 2:
                worker.kill_child()
            else:
                worker.kill()
                end_leases()
                worker.start()
        shopping.result(timeout=PATIENCE_SECONDS)
    worker.kill()
    end_leases()
    worker.start()
    wait_until_through(beat)

    cancelled = [number for number in range(orders) if number % 3 == 0]
    states = Order.objects.values_list("status", "payment_status")
    assert sorted(states) == sorted(
        [(OrderStatus.CANCELLED, PaymentStatus.REFUNDED)] * len(cancelled)
        + [(OrderStatus.PLACED, PaymentStatus.PAID)] * (orders - len(cancelled))
    )
    # The provider's own books: what was paid for a cancelled order went back once, no other.
    assert Refund.objects.count() == len(cancelled)
    back = {charge.reference: charge for charge in FakeCharge.objects.all()}
    assert len(back) == orders
    for payment in Payment.objects.prefetch_related("checkout__orders"):
        refunds = list(back[payment.reference].refunds.values())
        (order,) = payment.checkout.orders.all()
        wanted = [payment.amount] if order.status == OrderStatus.CANCELLED else []
        assert refunds == wanted
    assert list(differences()) == []
    placed = Order.objects.exclude(placed_at=None).count()
    told = Notification.objects.filter(type="order_placed", user=buyer)
    assert told.count() == len(set(told.values_list("event_key", flat=True))) == placed


def buy(variant, buyer, *, is_reported, is_cancelled):
    """Place and pay an order; the provider's message may be lost, and the buyer think again."""
    payment = place_online((variant, 1), buyer=buyer)
    pay_at_fake(payment)
    if is_reported:
        body, signature = fake.message_of(fake.look_up(payment.reference))
        message = Message(body, headers={fake.SIGNATURE_HEADER: signature})
        assert receive(PaymentMethod.FAKE, message).status == 200
    if is_cancelled:
        order = payment.checkout.orders.get()
        cancel_order(order.pk, actor=buyer, actor_kind=ActorKind.BUYER, reason="No.")
    if not is_reported:
        Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - LONG_AGO)


def end_leases() -> None:
    """What dead processes had claimed is due at once, and not when their minutes are over."""
    now = timezone.now()
    OutboxEvent.objects.filter(status=OutboxStatus.PENDING).update(available_at=now)
    Refund.objects.filter(status="pending").update(next_try_at=now)
    Payment.objects.exclude(status__in=CAPTURED_STATES).update(queried_at=None)


def is_through() -> bool:
    return (
        not Payment.objects.exclude(status__in=CAPTURED_STATES).exists()
        and not Refund.objects.exclude(status="succeeded").exists()
        and not OutboxEvent.objects.exclude(status=OutboxStatus.DONE).exists()
    )


def wait_until_handled(number: int, beat) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while OutboxEvent.objects.filter(topic="orders.paid", status="done").count() < number:
        assert time.monotonic() < deadline, "nothing is handled any more"
        beat(*TASKS)
        time.sleep(0.2)


def wait_until_through(beat) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_through():
        assert time.monotonic() < deadline, "something is left"
        beat(*TASKS)
        time.sleep(1)
