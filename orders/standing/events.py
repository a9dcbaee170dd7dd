"""Facts that standing publishes."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class DeadlineNear(Event):
    """A shop will soon be late with an order, which is cancelled if it stays so."""

    topic = "orders.deadline_near"

    order_id: UUID
    obligation: str
    due_at: str
