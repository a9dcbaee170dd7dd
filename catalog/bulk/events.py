"""Facts about imports."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ImportRequested(Event):
    """A file waits to be applied."""

    topic = "bulk.import_requested"

    import_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class ImportEnded(Event):
    """An import is over; `state` is done, failed or cancelled."""

    topic = "bulk.import_ended"

    import_id: UUID
    shop_id: UUID
    state: str
