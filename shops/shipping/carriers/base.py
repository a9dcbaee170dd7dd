"""What every carrier can do, in plain values: weights in grams, amounts in smallest units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.common.webhooks import Message
from shops.shipping.constants import ParcelStatus


@dataclass(frozen=True)
class Place:
    """Where a parcel is fetched or goes to."""

    name: str = ""
    phone: str = ""
    line: str = ""
    ward: str = ""
    district: str = ""
    province: str = ""

    @property
    def text(self) -> str:
        """The address in one line, without who lives there."""
        parts = (self.line, self.ward, self.district, self.province)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class FeeRequest:
    """What a fee depends on; `service` is the carrier's own name of the service, or empty."""

    service: str
    origin: Place
    destination: Place
    weight_grams: int
    value_amount: int


@dataclass(frozen=True)
class Fee:
    """A carrier's price; `max_days` where it promises a time."""

    amount: int
    max_days: int | None = None


@dataclass(frozen=True)
class Content:
    """So many units of one thing; the weight is that of one."""

    name: str
    sku: str
    quantity: int
    weight_grams: int


@dataclass(frozen=True)
class ParcelOrder:
    """A parcel to be carried; `reference` is ours and never used for another parcel.

    `cod_amount` is all that the carrier collects: it holds the shipping fee that the buyer owes,
    so that nothing is collected on top of it.
    """

    reference: str
    service: str
    origin: Place
    destination: Place
    weight_grams: int
    value_amount: int
    cod_amount: int
    contents: Sequence[Content]
    note: str = ""


@dataclass(frozen=True)
class Booked:
    """A carrier's word that it will carry a parcel."""

    tracking_number: str
    fee_amount: int


@dataclass(frozen=True)
class Report:
    """What a carrier says of a parcel; `key` is the same in each repetition.

    `status` None: known to say nothing of where the parcel is, or not known at all (`is_unknown`).
    `needs_confirmation`: money hangs on it, and the message itself proves too little.
    `concern` is what people should look at.
    """

    key: str
    code: str
    status: ParcelStatus | None
    happened_at: datetime
    reference: str
    tracking_number: str
    note: str = ""
    cod_amount: int | None = None
    fee_amount: int | None = None
    is_unknown: bool = False
    needs_confirmation: bool = False
    concern: str = ""
    payload: str = ""


class CarrierClient(Protocol):
    """One carrier. Calls take place outside any transaction and may be repeated.

    Raises, from every call: CarrierUnavailable when it may be asked again, CarrierRefused when
    that would not help.
    """

    @property
    def missing_settings(self) -> list[str]:
        """Names of the settings without which it is off."""
        ...

    def fee(self, request: FeeRequest, *, timeout_seconds: float) -> Fee:
        """Ask what a parcel would cost. Raises: also NotServed."""
        ...

    def create(self, order: ParcelOrder) -> Booked:
        """Book a parcel; the same reference twice is one parcel."""
        ...

    def label(self, tracking_number: str) -> bytes | None:
        """Fetch the label as PDF; None where the carrier has none."""
        ...

    def cancel(self, reference: str, tracking_number: str) -> None:
        """Call a parcel off; one that is called off already stays so."""
        ...

    def track(self, reference: str, tracking_number: str) -> Report | None:
        """Ask where a parcel is; None when the carrier has never heard of it."""
        ...

    def parse_webhook(self, message: Message) -> Report:
        """Check where a message comes from and read it.

        Raises: SignatureInvalid before anything in it is believed; MalformedMessage.
        """
        ...
