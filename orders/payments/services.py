"""Payments: created with the checkout, started with the provider, collected, cancelled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from orders.constants import OrderStatus, PaymentStatus
from orders.models import Checkout, Order
from orders.payments.constants import TRANSITIONS, PaymentState
from orders.payments.gateways import gateway_for
from orders.payments.models import Payment, PaymentShare

OPEN_STATES = (PaymentState.PENDING, PaymentState.REQUIRES_ACTION)


def is_paid_online(method: str) -> bool:
    """Tell whether a method is paid before the order is placed.

    Raises: InvalidInput for a method that is not set up here.
    """
    return gateway_for(method).is_online


def create_payment(
    checkout: Checkout, orders: Sequence[Order], *, method: str, expires_at: datetime | None
) -> Payment:
    """Write a payment for these orders of a checkout, and its split over them."""
    payment = Payment.objects.create(
        checkout=checkout,
        provider=method,
        amount=sum(order.total_amount for order in orders),
        currency=checkout.currency,
        expires_at=expires_at,
    )
    PaymentShare.objects.bulk_create(
        PaymentShare(payment=payment, order=order, amount=order.total_amount) for order in orders
    )
    return payment


def start_payment(payment: Payment) -> Payment:
    """Start a payment with its provider; call it after the commit, never inside a transaction.

    Idempotent: a payment that was started is returned as it is, and the provider is given the
    payment's id as idempotency key.
    """
    if payment.status != PaymentState.PENDING or not gateway_for(payment.provider).is_online:
        return payment
    started = gateway_for(payment.provider).start(
        payment_id=payment.pk, amount=payment.amount, currency=payment.currency
    )
    Payment.objects.filter(pk=payment.pk, status=PaymentState.PENDING).update(
        status=started.status,
        provider_reference=started.provider_reference,
        redirect_url=started.redirect_url,
        client_secret=started.client_secret,
        updated_at=Now(),
    )
    payment.refresh_from_db()
    return payment


@transaction.atomic
def collect_cash(order: Order) -> None:
    """Record that the carrier collected a delivered order's cash; the order is locked.

    Idempotent: the share's condition lets it happen once. Locks: the payment.
    """
    payment = _lock_payment(order)
    collected = PaymentShare.objects.filter(payment=payment, order=order, captured_amount=0).update(
        captured_amount=F("amount"), updated_at=Now()
    )
    if collected:
        order.payment_status = PaymentStatus.PAID
        order.save(update_fields=["payment_status", "updated_at"])
        _settle_cash_payment(payment)


@transaction.atomic
def cancel_share(order: Order) -> None:
    """Stop expecting money for an order that was cancelled unpaid; the order is locked.

    Locks: the payment.
    """
    payment = _lock_payment(order)
    if payment is not None and payment.status in OPEN_STATES:
        _settle_cash_payment(payment)


def expire_payments(checkout_id: UUID) -> int:
    """Close the open payments of a checkout whose time is over; returns how many."""
    return Payment.objects.filter(checkout_id=checkout_id, status__in=OPEN_STATES).update(
        status=PaymentState.EXPIRED, updated_at=Now()
    )


def move_payment(payment: Payment, to_state: PaymentState) -> bool:
    """Move a locked payment forward; False when the step leads back, as late messages try to."""
    if to_state not in TRANSITIONS[PaymentState(payment.status)]:
        return False
    payment.status = to_state
    changed = ["status", "updated_at"]
    if to_state == PaymentState.CAPTURED:
        payment.captured_at = timezone.now()
        changed.append("captured_at")
    payment.save(update_fields=changed)
    return True


def _lock_payment(order: Order) -> Payment | None:
    """Lock the payment that an order's money is expected by, its last one."""
    shares = PaymentShare.objects.filter(order=order).order_by("-created_at", "-pk")
    payment_id = shares.values_list("payment_id", flat=True).first()
    if payment_id is None:
        return None
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)


def _settle_cash_payment(payment: Payment | None) -> None:
    """Close a payment once each of its orders is paid or cancelled."""
    if payment is None:
        return
    shares = payment.shares.values_list("captured_amount", "amount", "order__status")
    expected = [row for row in shares if row[2] != OrderStatus.CANCELLED or row[0]]
    if not expected:
        move_payment(payment, PaymentState.CANCELLED)
    elif all(captured == amount for captured, amount, _ in expected):
        move_payment(payment, PaymentState.CAPTURED)
