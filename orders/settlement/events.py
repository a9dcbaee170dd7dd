"""Facts that settlement publishes. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class PayoutApproved(Event):
    """Staff let a payout go to the bank."""

    topic = "settlement.payout_approved"

    payout_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class PayoutPaid(Event):
    """The bank has sent a payout."""

    topic = "settlement.payout_paid"

    payout_id: UUID
    shop_id: UUID
