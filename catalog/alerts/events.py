"""Facts about alerts."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class AlertsTold(Event):
    """What some users waited for has happened; `batch_id` stands in the alerts of all of them.

    `price_amount` is what the goods cost then, in smallest units.
    """

    topic = "alerts.told"

    batch_id: UUID
    product_id: UUID
    kind: str
    price_amount: int
    variant_id: UUID | None = None
