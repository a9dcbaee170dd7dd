"""Facts about stock. One event tells of every variant that one transaction moved so."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class InventoryLow(Event):
    """What is available of these variants fell to their low-stock threshold, or below.

    Once per fall: again only after it had risen above the threshold.
    """

    topic = "inventory.low"

    variant_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class InventoryBack(Event):
    """These variants had nothing left to sell, and have again."""

    topic = "inventory.back"

    variant_ids: tuple[UUID, ...]
