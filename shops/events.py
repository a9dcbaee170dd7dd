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
class MemberInvited(Event):
    """Somebody is to be told that a shop wants them in its team; once more for each sending."""

    topic = "shops.member_invited"

    invitation_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class MemberJoined(Event):
    """An invitation was accepted."""

    topic = "shops.member_joined"

    shop_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class MemberRolesChanged(Event):
    """The owner gave a member other roles."""

    topic = "shops.member_roles_changed"

    shop_id: UUID
    user_id: UUID
    roles: list[str]


@dataclass(frozen=True)
class MemberLeft(Event):
    """Somebody belongs to a shop no more; `is_removed` tells whether that was the owner's wish."""

    topic = "shops.member_left"

    shop_id: UUID
    user_id: UUID
    is_removed: bool


@dataclass(frozen=True)
class ShopHandedOver(Event):
    """A shop has another owner; the one before is a member."""

    topic = "shops.handed_over"

    shop_id: UUID
    from_user_id: UUID
    to_user_id: UUID


@dataclass(frozen=True)
class ShopUpdated(Event):
    """What buyers see of a shop may have changed: copies of it are stale."""

    topic = "shops.updated"

    shop_id: UUID
    owner_id: UUID
