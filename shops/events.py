"""Facts about shops that other apps react to; `owner_id` is whom they concern."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ShopRegistered(Event):
    """Somebody applied for a shop; it waits for staff."""

    topic = "shops.registered"

    shop_id: UUID
    owner_id: UUID


@dataclass(frozen=True)
class ShopReapplied(Event):
    """The seller changed a rejected shop, which waits for staff again."""

    topic = "shops.reapplied"

    shop_id: UUID
    owner_id: UUID


@dataclass(frozen=True)
class ShopApproved(Event):
    """Staff let a new shop open: it and its products are public."""

    topic = "shops.approved"

    shop_id: UUID
    owner_id: UUID


@dataclass(frozen=True)
class ShopRejected(Event):
    """Staff turned an application down, with a reason for the seller."""

    topic = "shops.rejected"

    shop_id: UUID
    owner_id: UUID
    reason: str


@dataclass(frozen=True)
class ShopSuspended(Event):
    """Staff took an open shop and its products off the site, with a reason for the seller."""

    topic = "shops.suspended"

    shop_id: UUID
    owner_id: UUID
    reason: str


@dataclass(frozen=True)
class ShopReopened(Event):
    """Staff lifted a suspension."""

    topic = "shops.reopened"

    shop_id: UUID
    owner_id: UUID


@dataclass(frozen=True)
class ShopClosed(Event):
    """A shop is gone for good; orders it has are still served."""

    topic = "shops.closed"

    shop_id: UUID
    owner_id: UUID
    reason: str


@dataclass(frozen=True)
class ShopUpdated(Event):
    """What buyers see of a shop may have changed: copies of it are stale."""

    topic = "shops.updated"

    shop_id: UUID
    owner_id: UUID
