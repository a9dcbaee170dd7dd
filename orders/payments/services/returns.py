"""Browsers that come back from a provider's page."""

from uuid import UUID

from marketplace.common.webhooks import MalformedMessage, Message, SignatureInvalid
from orders.payments.gateways.registry import gateway_for
from orders.payments.models import Payment


def payment_returned(provider: str, message: Message) -> Payment | None:
    """Return the payment that a signed address is about; changes nothing.

    None for an address that the provider did not sign. Raises: InvalidInput for a provider that is
    not set up here.
    """
    try:
        reference = gateway_for(provider).read_return(message)
        return Payment.objects.filter(provider=provider, pk=UUID(hex=reference)).first()
    except (SignatureInvalid, MalformedMessage, ValueError):
        return None
