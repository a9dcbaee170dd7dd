"""What every payment provider can do."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from orders.payments.constants import PaymentState


@dataclass(frozen=True)
class StartedPayment:
    """A provider's answer to a payment being started; the buyer goes on with what it names."""

    status: PaymentState
    provider_reference: str = ""
    redirect_url: str = ""
    client_secret: str = ""


class Gateway(Protocol):
    """One payment provider. Calls take place outside any transaction and may be repeated."""

    @property
    def is_online(self) -> bool:
        """Whether the buyer pays before the order is placed."""
        ...

    def start(self, *, payment_id: UUID, amount: int, currency: str) -> StartedPayment:
        """Start a payment; `payment_id` is the idempotency key. `amount` in smallest units."""
        ...
