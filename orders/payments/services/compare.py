"""Compare a day's captures with the list of the provider, where it has one."""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from orders.payments.constants import (
    CAPTURED_STATES,
    CLAIMING_REFUNDS,
    EventOutcome,
    OutcomeKind,
    RefundKind,
    TaskKind,
)
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.base import Gateway, ListsCaptures, Outcome
from orders.payments.gateways.registry import available_methods, gateway_for
from orders.payments.models import ComparedDay, Payment
from orders.payments.services.capture import apply_outcome
from orders.payments.services.start import charge_of
from orders.payments.services.tasks import open_task

logger = logging.getLogger(__name__)

# Days that were missed, by an outage of ours or the provider's, are made up for this long.
DAYS_BACK = 7
# A list is complete only some time after its day.
SETTLED_AFTER = timedelta(hours=1)


def days_to_compare() -> list[tuple[str, date]]:
    """Return the providers and days (UTC) whose lists have not been compared, the oldest first."""
    last = (timezone.now() - SETTLED_AFTER).date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range(DAYS_BACK)]
    providers = [
        method for method in available_methods() if isinstance(gateway_for(method), ListsCaptures)
    ]
    known = set(
        ComparedDay.objects.filter(provider__in=providers, day__in=days).values_list(
            "provider", "day"
        )
    )
    return [
        (provider, day)
        for day in sorted(days)
        for provider in providers
        if (provider, day) not in known
    ]


def compare_day(provider: str, day: date) -> bool:
    """Compare a provider's list of a day with ours; what differs is healed, or put before staff.

    False when the provider did not answer: the day stays to be compared. Idempotent. Call it
    outside any transaction.
    """
    gateway = gateway_for(provider)
    since = datetime.combine(day, time.min, UTC)
    until = since + timedelta(days=1)
    if not isinstance(gateway, ListsCaptures):
        return False
    try:
        listed = list(gateway.captures(since, until))
        differences = sum(_differs(provider, outcome) for outcome in listed)
        references = {outcome.provider_reference for outcome in listed}
        differences += _missing(provider, gateway, since, until, references)
    except (ProviderUnavailable, ProviderRefused) as error:
        logger.warning("%s did not list its captures of %s: %s", provider, day, error)
        return False
    with transaction.atomic():
        ComparedDay.objects.get_or_create(
            provider=provider,
            day=day,
            defaults={"listed": len(listed), "differences": differences},
        )
    if differences:
        logger.error("%s of %s differs in %s captures", provider, day, differences)
    return True


def _differs(provider: str, outcome: Outcome) -> bool:
    """Look at one capture that the provider lists, and let it take effect where it has not."""
    payment = Payment.objects.filter(
        provider=provider, provider_reference=outcome.provider_reference
    ).first()
    if payment is None:
        open_task(
            TaskKind.UNKNOWN_AT_SITE,
            f"{provider}:{outcome.provider_reference}",
            details={"amount": outcome.amount, "currency": outcome.currency},
        )
        return True
    claims = payment.refunds.filter(status__in=CLAIMING_REFUNDS)
    # A chargeback is none that the provider sent.
    known = claims.exclude(kind=RefundKind.CHARGEBACK).aggregate(total=Sum("amount"))
    if outcome.refunded_amount > int(known["total"] or 0):
        outcome = Outcome(
            OutcomeKind.REFUNDED,
            amount=outcome.amount,
            currency=outcome.currency,
            provider_reference=outcome.provider_reference,
            refunded_amount=outcome.refunded_amount,
        )
    is_known = payment.status in CAPTURED_STATES and outcome.kind == OutcomeKind.CAPTURED
    if is_known and (outcome.amount, outcome.currency) == (payment.amount, payment.currency):
        return False
    return apply_outcome(payment.pk, outcome) not in {
        EventOutcome.DUPLICATE,
        EventOutcome.IGNORED,
    }


def _missing(
    provider: str, gateway: Gateway, since: datetime, until: datetime, listed: Iterable[str]
) -> int:
    """Count ours of a day that the provider does not know as captured; each is a task for staff."""
    ours = Payment.objects.filter(
        provider=provider,
        status__in=CAPTURED_STATES,
        captured_at__gte=since,
        captured_at__lt=until,
    )
    missing = 0
    for payment in ours.exclude(provider_reference__in=listed):
        # Asked for each: it may have been captured a moment before or after the day.
        if not _is_captured(gateway, payment):
            open_task(TaskKind.MISSING_AT_PROVIDER, str(payment.pk), payment=payment)
            missing += 1
    return missing


def _is_captured(gateway: Gateway, payment: Payment) -> bool:
    try:
        return gateway.query(charge_of(payment)).kind == OutcomeKind.CAPTURED
    except ProviderRefused:
        return False
