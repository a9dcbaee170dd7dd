"""Shops, and what staff decide about them."""

from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import tell, tell_staff
from shops.events import (
    ShopApproved,
    ShopClosed,
    ShopReapplied,
    ShopRegistered,
    ShopRejected,
    ShopReopened,
    ShopSuspended,
)
from shops.models import Shop


@handles(ShopRegistered)
def tell_of_registered_shop(event: ShopRegistered) -> None:
    _tell_staff_of_shop(event)


@handles(ShopReapplied)
def tell_of_reapplied_shop(event: ShopReapplied) -> None:
    _tell_staff_of_shop(event)


@handles(ShopApproved)
def tell_of_approved_shop(event: ShopApproved) -> None:
    _tell_owner(event, NotificationType.SHOP_APPROVED)


@handles(ShopRejected)
def tell_of_rejected_shop(event: ShopRejected) -> None:
    _tell_owner(event, NotificationType.SHOP_REJECTED, event.reason)


@handles(ShopSuspended)
def tell_of_suspended_shop(event: ShopSuspended) -> None:
    _tell_owner(event, NotificationType.SHOP_SUSPENDED, event.reason)


@handles(ShopReopened)
def tell_of_reopened_shop(event: ShopReopened) -> None:
    _tell_owner(event, NotificationType.SHOP_REOPENED)


@handles(ShopClosed)
def tell_of_closed_shop(event: ShopClosed) -> None:
    _tell_owner(event, NotificationType.SHOP_CLOSED, event.reason)


def _tell_owner(
    event: ShopApproved | ShopRejected | ShopSuspended | ShopReopened | ShopClosed,
    kind: NotificationType,
    reason: str = "",
) -> None:
    shop = Shop.objects.get(pk=event.shop_id)
    tell(
        [(event.owner_id, kind)],
        event.topic,
        values={"shop": shop.name, "reason": reason},
        data={"shop_id": str(shop.pk)},
    )


def _tell_staff_of_shop(event: ShopRegistered | ShopReapplied) -> None:
    shop = Shop.objects.get(pk=event.shop_id)
    tell_staff(
        "shops.moderate_shop",
        NotificationType.SHOP_SUBMITTED,
        event.topic,
        values={"shop": shop.name},
        data={"shop_id": str(shop.pk)},
    )
