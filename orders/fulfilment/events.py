"""Facts that fulfilment publishes. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ShipmentRequested(Event):
    """A carrier is to be told of a parcel, or that it is called off."""

    topic = "fulfilment.shipment_requested"

    shipment_id: UUID


@dataclass(frozen=True)
class ParcelReported(Event):
    """A carrier's message waits to be confirmed by asking the carrier."""

    topic = "fulfilment.parcel_reported"

    shipment_id: UUID
