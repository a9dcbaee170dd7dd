"""The provider's side of make-believe payments: its books, its decision, its signed message."""

import hashlib
import hmac
import json
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from orders.payments.constants import OutcomeKind
from orders.payments.errors import ProviderRefused
from orders.payments.models import FakeCharge

SIGNATURE_HEADER: Final = "X-Fake-Signature"
KINDS: Final = {
    "waiting": OutcomeKind.PROCESSING,
    "paid": OutcomeKind.CAPTURED,
    "failed": OutcomeKind.FAILED,
}


def secret() -> str:
    """Return what its messages are signed with."""
    return hashlib.sha256(f"fake payments {settings.SECRET_KEY}".encode()).hexdigest()


def page_url(reference: str) -> str:
    """Return where the buyer's browser is sent to decide."""
    return f"{settings.SITE_URL}/payments/fake/{UUID(hex=reference)}"


def open_charge(reference: str, amount: int, currency: str) -> None:
    """Open a charge; the same reference again is the same charge."""
    FakeCharge.objects.get_or_create(
        reference=reference, defaults={"amount": amount, "currency": currency}
    )


def look_up(reference: str) -> FakeCharge | None:
    """Return a charge as the provider knows it."""
    return FakeCharge.objects.filter(reference=reference).first()


@transaction.atomic
def decide(reference: str, state: str) -> FakeCharge | None:
    """Let a charge be paid or fail, once; returns it as it is then."""
    charge = FakeCharge.objects.select_for_update().filter(reference=reference).first()
    if charge is not None and charge.state == "waiting" and state in KINDS:
        charge.state = state
        charge.save(update_fields=["state", "updated_at"])
    return charge


@transaction.atomic
def send_back(reference: str, refund_reference: str, amount: int) -> None:
    """Send money back, once per refund. Raises: ProviderRefused for more than was paid."""
    charge = FakeCharge.objects.select_for_update().filter(reference=reference).first()
    if charge is None or charge.state != "paid":
        raise ProviderRefused("not_paid", "There is no such paid charge.")
    if refund_reference in charge.refunds:
        return
    if sum(charge.refunds.values()) + amount > charge.amount:
        raise ProviderRefused("too_much", "More than was paid.")
    charge.refunds[refund_reference] = amount
    charge.save(update_fields=["refunds", "updated_at"])


def message_of(charge: FakeCharge) -> tuple[bytes, str]:
    """Return the message that tells of a charge's state, and its signature."""
    body = json.dumps(
        {
            "id": f"{charge.reference}-{charge.state}",
            "kind": KINDS[charge.state],
            "reference": charge.reference,
            "amount": charge.amount,
            "currency": charge.currency,
        }
    ).encode()
    return body, hmac.new(secret().encode(), body, hashlib.sha256).hexdigest()
