"""Messages of providers: verified, stored once, applied under locks, answered in their words."""

import logging
from uuid import UUID

from django.db import transaction

from marketplace.common.webhooks import Answer, MalformedMessage, Message, SignatureInvalid
from orders.payments.constants import EventOutcome
from orders.payments.gateways.base import ProviderEvent
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Payment, PaymentEvent
from orders.payments.services.capture import apply_outcome

logger = logging.getLogger(__name__)

# A message that got this far once needs no second look.
_SETTLED = frozenset({EventOutcome.APPLIED, EventOutcome.DUPLICATE, EventOutcome.IGNORED})


def receive(provider: str, message: Message) -> Answer:
    """Take a provider's message and return the answer that it expects.

    Idempotent: the same message again has no further effect. A message that could not be applied
    now is answered so that the provider sends it again. Raises: InvalidInput for a provider that is
    not set up here.
    """
    gateway = gateway_for(provider)
    try:
        event = gateway.read_event(message)
    except (SignatureInvalid, MalformedMessage) as error:
        logger.warning("A message for %s was refused: %s", provider, type(error).__name__)
        return gateway.answer(None)
    return gateway.answer(_apply(provider, event))


def _apply(provider: str, event: ProviderEvent) -> EventOutcome:
    try:
        PaymentEvent.objects.bulk_create(
            [
                PaymentEvent(
                    provider=provider,
                    event_key=event.key[:255],
                    kind=event.kind[:60],
                    payload=event.payload,
                )
            ],
            ignore_conflicts=True,
        )
        return _apply_once(provider, event)
    except Exception:
        # Whatever it was, it is stored and the provider asks again.
        logger.exception("A message of %s could not be applied", provider)
        return EventOutcome.RECEIVED


@transaction.atomic
def _apply_once(provider: str, event: ProviderEvent) -> EventOutcome:
    stored = PaymentEvent.objects.select_for_update(of=("self",)).get(
        provider=provider, event_key=event.key[:255]
    )
    if stored.outcome in _SETTLED:
        return EventOutcome.DUPLICATE
    payment = _payment_of(provider, event)
    if payment is None:
        outcome = EventOutcome.UNKNOWN_PAYMENT
    else:
        outcome = apply_outcome(payment.pk, event.outcome)
    stored.payment = payment
    stored.outcome = outcome
    stored.save(update_fields=["payment", "outcome", "updated_at"])
    return outcome


def _payment_of(provider: str, event: ProviderEvent) -> Payment | None:
    """Return the payment that a message is about, by our reference or by the provider's."""
    payments = Payment.objects.filter(provider=provider)
    if event.reference:
        try:
            return payments.filter(pk=UUID(hex=event.reference)).first()
        except ValueError:
            return None
    if event.outcome.provider_reference:
        return payments.filter(provider_reference=event.outcome.provider_reference).first()
    return None
