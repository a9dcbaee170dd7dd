"""The life of a shop: `shops.constants.TRANSITIONS`, step by step."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed
from shops import hooks
from shops.constants import TRANSITIONS, ShopStatus
from shops.events import (
    ShopApproved,
    ShopClosed,
    ShopReapplied,
    ShopRejected,
    ShopReopened,
    ShopSuspended,
)
from shops.models import Shop, ShopStatusChange
from shops.services._rows import lock_shop
from shops.services.impartiality import require_impartial

MAX_REASON_LENGTH = 500
_OWNER_LEFT = "The owner has closed the account."


@transaction.atomic
def approve_shop(shop_id: UUID, *, actor: User | None) -> Shop:
    """Let a new shop open.

    Locks: the shop. Raises: InvalidTransition; ConflictOfInterest. Publishes: shops.approved.
    """
    require_impartial(actor, shop_id=shop_id)
    shop = _transition(shop_id, ShopStatus.APPROVED, from_status=ShopStatus.PENDING, actor=actor)
    publish(ShopApproved(shop_id=shop.pk, owner_id=shop.owner_id))
    return shop


@transaction.atomic
def reject_shop(shop_id: UUID, *, actor: User | None, reason: str) -> Shop:
    """Turn an application down; the seller reads the reason and may apply again.

    Locks: the shop. Raises: InvalidTransition; InvalidInput without a reason; ConflictOfInterest.
    Publishes: shops.rejected.
    """
    require_impartial(actor, shop_id=shop_id)
    return _reject(shop_id, actor=actor, reason=_clean_reason(reason))


@transaction.atomic
def reapply_shop(shop_id: UUID, *, actor: User) -> Shop:
    """Put a rejected shop before staff again.

    Locks: the shop. Raises: InvalidTransition. Publishes: shops.reapplied.
    """
    shop = _transition(shop_id, ShopStatus.PENDING, actor=actor)
    publish(ShopReapplied(shop_id=shop.pk, owner_id=shop.owner_id))
    return shop


@transaction.atomic
def suspend_shop(shop_id: UUID, *, actor: User | None, reason: str) -> Shop:
    """Take an open shop and its products off the site; orders it has are still served.

    Locks: the shop. Raises: InvalidTransition; InvalidInput without a reason; ConflictOfInterest.
    Publishes: shops.suspended.
    """
    require_impartial(actor, shop_id=shop_id)
    reason = _clean_reason(reason)
    shop = _transition(shop_id, ShopStatus.SUSPENDED, actor=actor, reason=reason)
    publish(ShopSuspended(shop_id=shop.pk, owner_id=shop.owner_id, reason=reason))
    return shop


@transaction.atomic
def reopen_shop(shop_id: UUID, *, actor: User | None) -> Shop:
    """Lift a suspension.

    Locks: the shop. Raises: InvalidTransition; ConflictOfInterest. Publishes: shops.reopened.
    """
    require_impartial(actor, shop_id=shop_id)
    shop = _transition(shop_id, ShopStatus.APPROVED, from_status=ShopStatus.SUSPENDED, actor=actor)
    publish(ShopReopened(shop_id=shop.pk, owner_id=shop.owner_id))
    return shop


@transaction.atomic
def close_shop(shop_id: UUID, *, actor: User | None, reason: str) -> Shop:
    """Close a shop for good.

    Locks: the shop. Raises: InvalidTransition; InvalidInput without a reason; ConflictOfInterest;
    what a closing check of a higher app raises. Publishes: shops.closed.
    """
    require_impartial(actor, shop_id=shop_id)
    return _close(shop_id, actor=actor, reason=_clean_reason(reason))


def end_shop_of(owner: User) -> None:
    """Take the shop of an account that is being closed off the site, in the caller's transaction.

    Locks: the shop. Raises: what a closing check of a higher app raises. Publishes: shops.closed,
    or shops.rejected for one that still waited for staff.
    """
    shop = Shop.objects.filter(owner=owner).first()
    if shop is None:
        return
    if shop.status == ShopStatus.PENDING:
        _reject(shop.pk, actor=owner, reason=_OWNER_LEFT)
    elif ShopStatus.CLOSED in TRANSITIONS[ShopStatus(shop.status)]:
        _close(shop.pk, actor=owner, reason=_OWNER_LEFT)


def _reject(shop_id: UUID, *, actor: User | None, reason: str) -> Shop:
    shop = _transition(shop_id, ShopStatus.REJECTED, actor=actor, reason=reason)
    publish(ShopRejected(shop_id=shop.pk, owner_id=shop.owner_id, reason=reason))
    return shop


def _close(shop_id: UUID, *, actor: User | None, reason: str) -> Shop:
    shop = _transition(shop_id, ShopStatus.CLOSED, actor=actor, reason=reason)
    for check in hooks.closing_checks:
        check(shop)
    publish(ShopClosed(shop_id=shop.pk, owner_id=shop.owner_id, reason=reason))
    return shop


def _transition(
    shop_id: UUID,
    to_status: ShopStatus,
    *,
    actor: User | None,
    reason: str = "",
    from_status: ShopStatus | None = None,
) -> Shop:
    """Lock the shop, take the step and write it down; `from_status` narrows where it may start."""
    shop = lock_shop(shop_id)
    present = ShopStatus(shop.status)
    if to_status not in TRANSITIONS[present] or from_status not in {None, present}:
        raise InvalidTransition(f"A shop that is {present} cannot take this step.")
    shop.status = to_status
    shop.status_reason = reason
    shop.save(update_fields=["status", "status_reason", "updated_at"])
    catalogue_changed()
    ShopStatusChange.objects.create(
        shop=shop, from_status=present, to_status=to_status, reason=reason, actor=actor
    )
    return shop


def _clean_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput("reason", "Give a reason: the seller reads it.", code="required")
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput("reason", f"At most {MAX_REASON_LENGTH} characters.", code="max_length")
    return reason
