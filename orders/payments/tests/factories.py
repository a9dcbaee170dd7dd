"""Payments for tests: checkouts that wait for money, and outcomes as providers report them."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from catalog.inventory.models import Reservation
from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from orders.checkout.expire import expire_checkout
from orders.constants import PaymentMethod
from orders.models import Checkout, Order
from orders.payments import fake
from orders.payments.constants import OutcomeKind, RefundKind, TaskKind
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment, ReconciliationTask, Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.refunds import Wanted, complete_refund, fail_refund, request_refund
from orders.payments.services.start import start_payment
from orders.tests.factories import place


def place_online(*lines: tuple[ProductVariant, int], **kwargs: Any) -> Payment:
    """Place a checkout that waits for its money, and return the payment; not started."""
    lines = lines or ((VariantFactory(stock=10), 1),)
    kwargs.setdefault("payment_method", PaymentMethod.FAKE)
    return place(*lines, **kwargs).payments.get()


def captured(payment: Payment, **changes: Any) -> Outcome:
    """Return what a provider says when it has taken the money."""
    said = {
        "amount": payment.amount,
        "currency": payment.currency,
        "provider_reference": f"T-{payment.pk}",
    }
    return Outcome(OutcomeKind.CAPTURED, **{**said, **changes})


def declined() -> Outcome:
    """Return what a provider says when it did not take the money."""
    return Outcome(OutcomeKind.FAILED, failure_code="declined")


def place_paid(*lines: tuple[ProductVariant, int], **kwargs: Any) -> Order:
    """Place and pay an order of one shop."""
    payment = place_online(*lines, **kwargs)
    apply_outcome(payment.pk, captured(payment))
    return Order.objects.get(checkout=payment.checkout_id)


def pay_at_fake(payment: Payment) -> None:
    """Let the make-believe provider take the money, so that it can send it back."""
    start_payment(payment)
    fake.decide(payment.reference, "paid")


def run_out(payment: Payment) -> None:
    """Let the time of a checkout be over, and what it held go back."""
    past = timezone.now() - timedelta(seconds=2)
    Checkout.objects.filter(pk=payment.checkout_id).update(expires_at=past)
    orders = Order.objects.filter(checkout=payment.checkout_id)
    Reservation.objects.filter(reference__in=orders.values("pk")).update(expires_at=past)
    expire_checkout(payment.checkout_id)


def sent_otherwise() -> Refund:
    """Return a refund that failed, and whose money went back by another one."""
    order = place_paid()
    request = partial(request_refund, order.pk, Wanted(), kind=RefundKind.GOODWILL, actor=None)
    failed = request(source=f"failed:{order.pk}")
    fail_refund(failed.pk, error="No")
    complete_refund(request(source=f"sent:{order.pk}").pk)
    failed.refresh_from_db()
    return failed


def disputed(
    payment: Payment,
    amount: int,
    reference: str = "dp_1",
    kind: OutcomeKind = OutcomeKind.DISPUTED,
) -> Outcome:
    """Return what a provider says when the buyer's bank wants money back, or how that ended."""
    return Outcome(
        kind,
        amount=amount,
        currency=payment.currency,
        failure_code="fraudulent",
        dispute_reference=reference,
    )


def charged_back(payment: Payment, amount: int, reference: str = "dp_1") -> ReconciliationTask:
    """Let a provider report that the buyer's bank wants money back; returns the staff's task."""
    apply_outcome(payment.pk, disputed(payment, amount, reference))
    return ReconciliationTask.objects.get(kind=TaskKind.CHARGEBACK, key=reference)
