"""Payments are written with what they pay for, and started with their provider afterwards."""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from threading import get_ident
from time import monotonic
from typing import Final
from uuid import UUID

from django.db import connections, transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.breaker import Breaker
from marketplace.common.inserts import insert_rows
from orders.constants import OrderStatus
from orders.models import Checkout, Order
from orders.payments.constants import PaymentState
from orders.payments.errors import ALREADY_STARTED, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import Charge, Gateway, StartedPayment
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Payment, PaymentShare
from orders.payments.services._rows import lock_with_orders

logger = logging.getLogger(__name__)

# A buyer waits no longer than this: as many as a web process has threads would keep everybody else
# from the whole site while one provider is silent.
BUDGET_SECONDS: Final = 5.0
# A provider that did not answer so often in a row is not asked for so long.
FAILURES: Final = 3
REST_SECONDS: Final = 10.0
# For each provider.
THREADS: Final = 16
breaker = Breaker(rest_seconds=REST_SECONDS, trial_seconds=BUDGET_SECONDS, failures=FAILURES)


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
    not answer in BUDGET_SECONDS, or did not a moment ago, leaves it pending, and the checkout can
    be paid by another try. What it answers later is kept nevertheless. Where the first answer was
    lost and is not given again, nobody can pay by that reference: another try is returned.
    Locks: then, the payment's orders by pk and the payment.
    """
    give_up_at = monotonic() + BUDGET_SECONDS
    _begin(payment, give_up_at)
    if payment.failure_code != ALREADY_STARTED:
        return payment
    another = _another_try(payment.pk)
    if another is None:
        return payment
    _begin(another, give_up_at)
    return another


def _begin(payment: Payment, give_up_at: float) -> None:
    gateway = gateway_for(payment.provider)
    if payment.status != PaymentState.PENDING or not gateway.is_online:
        return
    work = partial(_start, gateway, charge_of(payment))
    try:
        started = _answer_of(payment, work, give_up_at) if gateway.is_remote else work()
    except ProviderUnavailable:
        logger.warning("Payment %s was not started: its provider does not answer", payment.pk)
        return
    _keep(payment.pk, started)
    payment.refresh_from_db()


@transaction.atomic
def _another_try(payment_id: UUID) -> Payment | None:
    """Return the try that came after one whose reference is used up, or write it.

    The lost one stays to be asked about: should it be paid after all, its money is not forgotten.
    None where nothing waits for money any more.
    """
    payment, orders = lock_with_orders(payment_id)
    if later := payment.checkout.payments.filter(pk__gt=payment.pk).order_by("pk").first():
        return later
    waiting = [order for order in orders if order.status == OrderStatus.PENDING_PAYMENT]
    is_over = payment.expires_at is None or payment.expires_at <= timezone.now()
    if is_over or not any(order.total_amount for order in waiting):
        return None
    return create_payment(
        payment.checkout, waiting, method=payment.provider, expires_at=payment.expires_at
    )


@dataclass(frozen=True)
class _Started:
    """What a provider made of a payment, or the code with which it refused."""

    payment: StartedPayment
    failure_code: str = ""


def _answer_of(payment: Payment, work: Callable[[], _Started], give_up_at: float) -> _Started:
    """Run `work`, which asks the payment's provider, in a thread of its own, until it is time.

    Raises: ProviderUnavailable.
    """
    if not breaker.allows(payment.provider):
        raise ProviderUnavailable
    answer = _pool(os.getpid(), payment.provider).submit(copy_context().run, work)
    try:
        started = answer.result(max(give_up_at - monotonic(), 0.0))
    except ProviderUnavailable:
        breaker.failed(payment.provider)
        raise
    except TimeoutError as error:
        breaker.failed(payment.provider)
        answer.add_done_callback(partial(_keep_late, payment.pk, get_ident()))
        raise ProviderUnavailable from error
    breaker.answered(payment.provider)
    return started


def _keep_late(payment_id: UUID, asker: int, answer: Future[_Started]) -> None:
    """Keep what a provider answered when the buyer waited no longer.

    It runs in the pool's thread, or in that of the `asker` where the answer came just now.
    """
    if error := answer.exception():
        logger.warning("Payment %s was not started: %s", payment_id, error)
        return
    try:
        _keep(payment_id, answer.result())
    finally:
        if get_ident() != asker:
            connections.close_all()


def _keep(payment_id: UUID, started: _Started) -> None:
    Payment.objects.filter(pk=payment_id, status=PaymentState.PENDING).update(
        status=started.payment.status,
        provider_reference=started.payment.provider_reference,
        redirect_url=started.payment.redirect_url,
        client_secret=started.payment.client_secret,
        failure_code=started.failure_code,
        updated_at=Now(),
    )


@cache
def _pool(process: int, provider: str) -> ThreadPoolExecutor:
    """Return this process's threads for a provider, so that a silent one takes no other one's.

    A forked process has to make its own.
    """
    return ThreadPoolExecutor(THREADS, thread_name_prefix=f"payments {provider}")


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


def _start(gateway: Gateway, charge: Charge) -> _Started:
    """Ask twice: an answer that was lost is given again for the same reference, by most providers.

    Raises: ProviderUnavailable.
    """
    try:
        try:
            return _Started(gateway.start(charge))
        except ProviderUnavailable:
            return _Started(gateway.start(charge))
    except ProviderRefused as error:
        logger.warning("Payment %s was refused: %s", charge.reference, error.code)
        return _Started(StartedPayment(PaymentState.FAILED), error.code[:100])
