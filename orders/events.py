"""Facts that orders publish. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """A shop has a new order that can be worked on: paid, or cash on delivery."""

    topic = "orders.placed"

    order_id: UUID
    checkout_id: UUID
    buyer_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class OrderStatusChanged(Event):
    """An order moved one step; cancelling publishes OrderCancelled instead."""

    topic = "orders.status_changed"

    order_id: UUID
    from_status: str
    to_status: str
    actor_kind: str


@dataclass(frozen=True)
class OrderCancelled(Event):
    """An order ended without its goods; stock was given back in the same transaction."""

    topic = "orders.cancelled"

    order_id: UUID
    from_status: str
    actor_kind: str
    reason: str
