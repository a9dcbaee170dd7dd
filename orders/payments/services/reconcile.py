"""Ask the providers what became of payments that nobody reported."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from orders.payments.constants import (
    OPEN_STATES,
    EventOutcome,
    OutcomeKind,
    PaymentState,
    TaskKind,
)
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import Outcome
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Payment
from orders.payments.services.capture import apply_outcome
from orders.payments.services.start import charge_of
from orders.payments.services.tasks import open_task

logger = logging.getLogger(__name__)

# A report is late after this long, and the provider is asked again after that long.
OVERDUE = timedelta(minutes=5)
AGAIN_AFTER = timedelta(minutes=10)
# Money can still arrive for a payment whose time was over; not forever.
LATE_MONEY = timedelta(days=2)
STUCK_AFTER = timedelta(days=1)
_CLOSED_UNPAID = (PaymentState.EXPIRED, PaymentState.CANCELLED, PaymentState.FAILED)


def overdue_payments(limit: int) -> list[UUID]:
    """Return the ids of online payments to ask their providers about, the longest unasked first.

    Open ones that nobody has reported on, and ones whose time was over before their money came.
    """
    now = timezone.now()
    unasked = Q(queried_at=None) | Q(queried_at__lte=now - AGAIN_AFTER)
    is_open = Q(status__in=OPEN_STATES, created_at__lte=now - OVERDUE)
    may_be_late = Q(status__in=_CLOSED_UNPAID, created_at__gte=now - LATE_MONEY)
    online = Payment.objects.exclude(provider="COD").filter(unasked, is_open | may_be_late)
    return list(online.order_by("queried_at", "created_at").values_list("pk", flat=True)[:limit])


def reconcile_payment(payment_id: UUID) -> bool:
    """Ask about one payment, and let the answer take effect as the provider's message would.

    False when nothing changed. Call it outside any transaction.
    """
    payment = Payment.objects.get(pk=payment_id)
    Payment.objects.filter(pk=payment_id).update(queried_at=Now())
    gateway = gateway_for(payment.provider)
    try:
        outcome = gateway.query(charge_of(payment))
    except ProviderUnavailable as error:
        logger.warning("Payment %s could not be asked about: %s", payment_id, error)
        return False
    except ProviderRefused as error:
        outcome = Outcome(OutcomeKind.UNKNOWN, failure_code=error.code)
    if payment.status not in OPEN_STATES and outcome.kind != OutcomeKind.CAPTURED:
        return False
    if outcome.kind == OutcomeKind.UNKNOWN:
        return _unknown(payment, was_announced=gateway.is_remote)
    if outcome.kind == OutcomeKind.PROCESSING:
        _watch(payment)
    return apply_outcome(payment_id, outcome) == EventOutcome.APPLIED


def _unknown(payment: Payment, *, was_announced: bool) -> bool:
    """A payment that its provider has never heard of cannot be paid any more once it is over.

    One that was not announced to it is unknown there until the buyer opens the page.
    """
    is_over = payment.expires_at is not None and payment.expires_at < timezone.now()
    if is_over and payment.status == PaymentState.PENDING:
        outcome = Outcome(OutcomeKind.CANCELLED, failure_code="never_started")
        return apply_outcome(payment.pk, outcome) == EventOutcome.APPLIED
    if payment.status == PaymentState.REQUIRES_ACTION and was_announced:
        open_task(TaskKind.MISSING_AT_PROVIDER, str(payment.pk), payment=payment)
    return False


def _watch(payment: Payment) -> None:
    if payment.created_at < timezone.now() - STUCK_AFTER:
        open_task(TaskKind.STUCK, str(payment.pk), payment=payment)
