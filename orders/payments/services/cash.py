"""Payments by order: cash that a carrier collects, and money that nobody expects any more."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from orders.constants import OrderStatus, PaymentMethod, PaymentStatus
from orders.models import Order
from orders.payments.constants import OPEN_STATES, PaymentState
from orders.payments.models import Payment, PaymentShare
from orders.payments.services.states import move_payment
from orders.settlement.services.remittances import settle_early_lines
from orders.settlement.services.sales import Received, post_cash, post_sales


@transaction.atomic
def collect_cash(order: Order, *, carrier: str) -> None:
    """Record that the carrier collected a delivered order's cash; the order is locked.

    Idempotent: the share's condition lets it happen once. Locks: the payment.
    """
    payment = _lock_payment(order)
    collected = PaymentShare.objects.filter(payment=payment, order=order, captured_amount=0).update(
        captured_amount=F("amount"), updated_at=Now()
    )
    if collected and payment is not None:
        _post(payment, order, carrier)
        order.payment_status = PaymentStatus.PAID
        order.save(update_fields=["payment_status", "updated_at"])
        _close_when_settled(payment)


@transaction.atomic
def cancel_share(order: Order) -> None:
    """Stop expecting money for an order that was cancelled unpaid; the order is locked.

    Locks: the payment.
    """
    payment = _lock_payment(order)
    if payment is not None and payment.status in OPEN_STATES:
        _close_when_settled(payment)


def _post(payment: Payment, order: Order, carrier: str) -> None:
    """Put the cash in the books: the carrier's debt, and the shop's and platform's share of it."""
    share = payment.shares.get(order=order)
    received = Received(share.pk, order, share.amount)
    post_cash(received, carrier=carrier)
    post_sales([received])
    settle_early_lines(order)


def expire_payments(checkout_id: UUID) -> int:
    """Close the open payments of a checkout whose time is over; returns how many."""
    return _close_open(checkout_id, PaymentState.EXPIRED)


def close_other_tries(payment: Payment) -> int:
    """Close the open payments of a checkout of which no order waits any more; returns how many.

    `payment` is the one that has settled it. The provider may still take the money of another:
    then it arrives for what is paid or cancelled, and goes back.
    """
    return _close_open(payment.checkout_id, PaymentState.CANCELLED)


def _close_open(checkout_id: UUID, state: PaymentState) -> int:
    return Payment.objects.filter(checkout_id=checkout_id, status__in=OPEN_STATES).update(
        status=state, updated_at=Now()
    )


def _lock_payment(order: Order) -> Payment | None:
    """Lock the payment that an order's money is expected by, its last one."""
    shares = PaymentShare.objects.filter(order=order).order_by("-created_at", "-pk")
    payment_id = shares.values_list("payment_id", flat=True).first()
    if payment_id is None:
        return None
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)


def _close_when_settled(payment: Payment | None) -> None:
    """Close a payment once each of its orders is paid or cancelled.

    Only its provider can say of an online one that it was captured: what is left of it may be free.
    """
    if payment is None:
        return
    shares = payment.shares.values_list("captured_amount", "amount", "order__status")
    expected = [row for row in shares if row[2] != OrderStatus.CANCELLED or row[0]]
    if not expected:
        move_payment(payment, PaymentState.CANCELLED)
        if payment.provider != PaymentMethod.COD:
            close_other_tries(payment)
    elif payment.provider == PaymentMethod.COD and all(
        captured == amount for captured, amount, _ in expected
    ):
        move_payment(payment, PaymentState.CAPTURED)
