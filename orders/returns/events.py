"""Facts that returns publish. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ReturnEventBase(Event):
    """What every event of a return names."""

    return_id: UUID
    order_id: UUID


@dataclass(frozen=True)
class ReturnRequested(ReturnEventBase):
    """A buyer wants to send goods back: the seller has to answer."""

    topic = "returns.requested"


@dataclass(frozen=True)
class ReturnApproved(ReturnEventBase):
    """The buyer may send the goods; by the system, when the seller said nothing in time."""

    topic = "returns.approved"

    actor_kind: str


@dataclass(frozen=True)
class ReturnRejected(ReturnEventBase):
    """The seller does not want the goods back; the buyer may ask staff."""

    topic = "returns.rejected"

    actor_kind: str
    reason: str


@dataclass(frozen=True)
class ReturnCancelled(ReturnEventBase):
    """Nothing comes back; by the system, when the goods did not come in time."""

    topic = "returns.cancelled"

    actor_kind: str


@dataclass(frozen=True)
class ReturnReceived(ReturnEventBase):
    """The goods are back, or some of them; a refund follows for those that are."""

    topic = "returns.received"

    actor_kind: str


@dataclass(frozen=True)
class ReturnRefunded(ReturnEventBase):
    """All money of a return has gone back."""

    topic = "returns.refunded"


@dataclass(frozen=True)
class ReturnDisputed(ReturnEventBase):
    """A buyer does not agree with the seller: staff have to decide."""

    topic = "returns.disputed"

    dispute_id: UUID


@dataclass(frozen=True)
class ReturnDecided(ReturnEventBase):
    """Staff have decided a dispute."""

    topic = "returns.decided"

    dispute_id: UUID
    is_for_buyer: bool
    reason: str
