"""Ask the providers to send refunds; called by the worker, outside any transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from orders.payments.constants import RefundStatus, TaskKind
from orders.payments.errors import ProviderBusy, ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import RefundOrder
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Refund
from orders.payments.services.refunds import complete_refund, fail_refund
from orders.payments.services.start import charge_of
from orders.payments.services.tasks import open_task

# Longer than two calls to a provider can take: a worker that was killed loses its claim.
LEASE = timedelta(minutes=3)
BACKOFF_SECONDS = (10, 60, 300, 900, 1800, 3600)
# Until then an answer that was lost is not told apart from one that is late.
ATTEMPTS_BEFORE_STAFF = 8


def due_refunds(limit: int) -> list[UUID]:
    """Return the ids of refunds to be sent, the longest waiting first."""
    due = Refund.objects.filter(status=RefundStatus.PENDING, next_try_at__lte=Now())
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def send_refund(refund_id: UUID) -> bool:
    """Ask a refund's provider to send it; False when it is not due, or another one is at it.

    Idempotent: the provider is given the refund's reference as idempotency key.
    """
    due = Refund.objects.filter(pk=refund_id, status=RefundStatus.PENDING, next_try_at__lte=Now())
    claimed = due.update(
        next_try_at=timezone.now() + LEASE, attempts=F("attempts") + 1, updated_at=Now()
    )
    if not claimed:
        return False
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    # Before it is asked: this process may be killed while it is.
    _this_try(refund).update(in_doubt_since=Coalesce(F("in_doubt_since"), Now()))
    try:
        result = gateway_for(refund.payment.provider).refund(_order_of(refund))
    except ProviderBusy as error:
        _try_later(refund, str(error), in_doubt_since=refund.in_doubt_since)
    except ProviderUnavailable as error:
        _try_later(refund, str(error))
    except ProviderRefused as error:
        fail_refund(refund_id, of_try=refund.retries, error=f"{error.code}: {error}")
    else:
        if result.is_final:
            return complete_refund(refund_id, provider_reference=result.provider_reference)
        _this_try(refund).update(provider_reference=result.provider_reference)
        _try_later(refund, "")
    return True


def _order_of(refund: Refund) -> RefundOrder:
    others = refund.payment.refunds.exclude(pk=refund.pk).filter(
        status__in=(RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    )
    return RefundOrder(
        reference=refund.reference,
        amount=refund.amount,
        currency=refund.currency,
        charge=charge_of(refund.payment),
        is_whole=refund.amount == refund.payment.amount,
        provider_reference=refund.provider_reference,
        in_doubt_since=refund.in_doubt_since,
        is_alone=not others.exists(),
    )


def _try_later(refund: Refund, error: str, **changes: datetime | None) -> None:
    pause = BACKOFF_SECONDS[min(refund.attempts, len(BACKOFF_SECONDS)) - 1]
    is_kept = _this_try(refund).update(
        next_try_at=timezone.now() + timedelta(seconds=pause),
        last_error=error,
        updated_at=Now(),
        **changes,
    )
    if is_kept and refund.attempts >= ATTEMPTS_BEFORE_STAFF:
        open_task(
            TaskKind.STUCK,
            str(refund.pk),
            payment=refund.payment,
            refund=refund,
            details={"error": error, "attempts": refund.attempts},
        )


def _this_try(refund: Refund) -> QuerySet[Refund]:
    """Find the refund unless it came to its end, or was tried anew, since its provider was asked.

    A worker that lost its claim may learn late what became of a try before.
    """
    return Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING, retries=refund.retries)
