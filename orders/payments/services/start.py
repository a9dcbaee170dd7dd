"""Payments are written with what they pay for, and started with their provider afterwards."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models.functions import Now

from marketplace.common.inserts import insert_rows
from orders.models import Checkout, Order
from orders.payments.constants import PaymentState
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import Charge, Gateway, StartedPayment
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Payment, PaymentShare

logger = logging.getLogger(__name__)


def is_paid_online(method: str) -> bool:
    """Tell whether a method is paid before the order is placed.

    Raises: InvalidInput for a method that is not set up here.
    """
    return gateway_for(method).is_online


def create_payment(
    checkout: Checkout, orders: Sequence[Order], *, method: str, expires_at: datetime | None
) -> Payment:
    """Write a payment for these orders of a checkout, and its split over them."""
    payment = Payment(
        checkout=checkout,
        provider=method,
        amount=sum(order.total_amount for order in orders),
        currency=checkout.currency,
        expires_at=expires_at,
    )
    shares = [
        PaymentShare(payment=payment, order=order, amount=order.total_amount) for order in orders
    ]
    insert_rows([payment], shares)
    return payment


def start_payment(payment: Payment) -> Payment:
    """Start a payment with its provider; call it after the commit, never inside a transaction.

    Idempotent: a payment that was started is returned as it is, and the provider is given the
    payment's reference as idempotency key. A provider that refuses fails the payment; one that does
    not answer leaves it pending, and the checkout can be paid by another try.
    """
    gateway = gateway_for(payment.provider)
    if payment.status != PaymentState.PENDING or not gateway.is_online:
        return payment
    try:
        started = _start(gateway, charge_of(payment))
    except ProviderUnavailable:
        logger.warning("Payment %s was not started: its provider does not answer", payment.pk)
        return payment
    except ProviderRefused as error:
        logger.warning("Payment %s was refused: %s", payment.pk, error.code)
        started = StartedPayment(PaymentState.FAILED)
        payment.failure_code = error.code[:100]
    Payment.objects.filter(pk=payment.pk, status=PaymentState.PENDING).update(
        status=started.status,
        provider_reference=started.provider_reference,
        redirect_url=started.redirect_url,
        client_secret=started.client_secret,
        failure_code=payment.failure_code,
        updated_at=Now(),
    )
    payment.refresh_from_db()
    return payment


def charge_of(payment: Payment) -> Charge:
    """Return a payment as its provider needs to know it."""
    return Charge(
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        description=f"Payment {payment.reference[-12:]}",
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        provider_reference=payment.provider_reference,
    )


def _start(gateway: Gateway, charge: Charge) -> StartedPayment:
    """Ask twice: an answer that was lost is given again for the same reference."""
    try:
        return gateway.start(charge)
    except ProviderUnavailable:
        return gateway.start(charge)
