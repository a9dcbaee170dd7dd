"""What every payment provider can do, in plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from marketplace.common.webhooks import Answer, Message
from orders.payments.constants import EventOutcome, OutcomeKind, PaymentState


@dataclass(frozen=True)
class Charge:
    """A try to pay, as a provider needs to know it; `amount` in the currency's smallest unit."""

    reference: str
    amount: int
    currency: str
    description: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    provider_reference: str = ""
    ip_address: str = "127.0.0.1"


@dataclass(frozen=True)
class StartedPayment:
    """A provider's answer to a payment being started; the buyer goes on with what it names."""

    status: PaymentState
    provider_reference: str = ""
    redirect_url: str = ""
    client_secret: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a provider says has become of a payment; `refunded_amount` counts what it sent back.

    `dispute_reference` is the provider's id of a chargeback.
    """

    kind: OutcomeKind
    amount: int = 0
    currency: str = ""
    provider_reference: str = ""
    failure_code: str = ""
    refunded_amount: int = 0
    dispute_reference: str = ""
    is_suspicious: bool = False


@dataclass(frozen=True)
class ProviderEvent:
    """One verified message; `reference` is the payment's, `key` is the same in each repetition."""

    key: str
    kind: str
    reference: str
    outcome: Outcome
    payload: str


@dataclass(frozen=True)
class RefundOrder:
    """Money to send back; `reference` is the idempotency key and never used for another refund.

    `provider_reference` is there once the provider has taken it on without being done. Since
    `in_doubt_since` it may have done so without our knowing; it can be no other refund that the
    provider knows of this charge where this one `is_alone`.
    """

    reference: str
    amount: int
    currency: str
    charge: Charge
    is_whole: bool = False
    provider_reference: str = ""
    in_doubt_since: datetime | None = None
    is_alone: bool = True


@dataclass(frozen=True)
class RefundResult:
    """`is_final` False: the provider has taken it on and will say later."""

    is_final: bool
    provider_reference: str = ""


class Gateway(Protocol):
    """One payment provider. Calls take place outside any transaction and may be repeated.

    Raises, from every call: ProviderUnavailable when it may be asked again, ProviderRefused when
    that would not help.
    """

    @property
    def is_online(self) -> bool:
        """Whether the buyer pays before the order is placed."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether the provider's server is asked to start a payment."""
        ...

    @property
    def missing_settings(self) -> list[str]:
        """Names of the settings without which it is off."""
        ...

    def start(self, charge: Charge) -> StartedPayment:
        """Start a payment; the same reference twice is one payment.

        Raises: AlreadyStarted, too, where the provider does not repeat its first answer.
        """
        ...

    def query(self, charge: Charge) -> Outcome:
        """Ask what has become of a payment."""
        ...

    def refund(self, order: RefundOrder) -> RefundResult:
        """Send money back; the same reference twice is one refund."""
        ...

    def read_event(self, message: Message) -> ProviderEvent:
        """Verify a message and read it.

        Raises: SignatureInvalid before anything in it is believed; MalformedMessage.
        """
        ...

    def answer(self, outcome: EventOutcome | None) -> Answer:
        """Say what became of a message; None: it was not signed by the provider."""
        ...

    def read_return(self, message: Message) -> str:
        """Return the payment's reference from the address a browser comes back with.

        Raises: SignatureInvalid. It proves nothing about the payment: nothing may change by it.
        """
        ...


@runtime_checkable
class ListsCaptures(Protocol):
    """A provider that can also be asked for all the money it took in a period."""

    def captures(self, since: datetime, until: datetime) -> Iterable[Outcome]:
        """Yield what was captured from `since` on and before `until`, and what went back of it.

        Raises: as the calls of a gateway, also while it is gone through.
        """
        ...
