"""Facts about endpoints. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class WebhookSwitchedOff(Event):
    """An endpoint took nothing for days, and hears no more."""

    topic = "webhooks.switched_off"

    endpoint_id: UUID
