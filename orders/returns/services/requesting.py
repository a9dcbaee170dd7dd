"""What buyers do about a return: ask for it, and think better of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import InvalidInput
from marketplace.common.files.renditions import announce_image
from marketplace.common.images import CleanImage
from marketplace.common.media import stored_files
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind, OrderStatus, PaymentStatus
from orders.models import Order
from orders.returns.constants import MAX_PHOTOS, MAX_RETURNS, ReturnReason, ReturnStatus
from orders.returns.errors import (
    NotReturnable,
    ReturnWindowClosed,
    TooManyPhotos,
    TooManyReturns,
    UnitsNotReturnable,
)
from orders.returns.events import ReturnCancelled, ReturnRequested
from orders.returns.models import Return, ReturnLine, ReturnPhoto
from orders.returns.selectors import returnable_units
from orders.returns.services._holding import follow_hold
from orders.returns.services._moves import lock_return, move, record

_FOLDER = "returns"
_WITH_THE_BUYER = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
_WITH_MONEY = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)


def returnable_until(order: Order) -> datetime | None:
    """Return until when goods of an order can be returned; None for what was not delivered."""
    if order.delivered_at is None or order.status not in _WITH_THE_BUYER:
        return None
    return order.delivered_at + timedelta(days=settings.RETURN_WINDOW_DAYS)


def require_returnable(order: Order) -> None:
    """Refuse what could not be returned whatever it is.

    Raises: NotReturnable; ReturnWindowClosed; TooManyReturns.
    """
    until = returnable_until(order)
    if until is None or order.payment_status not in _WITH_MONEY:
        raise NotReturnable
    if timezone.now() > until:
        raise ReturnWindowClosed(until)
    if order.returns.count() >= MAX_RETURNS:
        raise TooManyReturns


def request_return(
    order_id: UUID,
    units: Mapping[UUID, int],
    *,
    buyer: User,
    reason: ReturnReason,
    comment: str = "",
    photos: Sequence[CleanImage] = (),
) -> Return:
    """Ask to send back units, by order item, of a delivered order.

    The photos are stored before the transaction, and removed when there is no row for them.
    Locks: the order. Raises: NotReturnable; ReturnWindowClosed; TooManyReturns; InvalidInput for
    an item that is not the order's; UnitsNotReturnable; TooManyPhotos; StorageUnavailable.
    Publishes: returns.requested, files.image_stored.
    """
    if len(photos) > MAX_PHOTOS:
        raise TooManyPhotos
    # Asked before anything is stored, and again under the lock.
    _check(Order.objects.get(pk=order_id), units)
    with stored_files(_FOLDER, photos) as names:
        return _write(order_id, units, names, buyer=buyer, reason=reason, comment=comment)


@transaction.atomic
def _write(
    order_id: UUID,
    units: Mapping[UUID, int],
    names: list[str],
    *,
    buyer: User,
    reason: ReturnReason,
    comment: str,
) -> Return:
    order = Order.objects.lock(order_id)
    _check(order, units)
    now = timezone.now()
    row = Return.objects.create(
        order=order,
        shop_id=order.shop_id,
        reason=reason,
        comment=comment,
        moved_at=now,
        deadline_at=now + timedelta(days=settings.RETURN_ANSWER_DAYS),
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(return_request=row, order_item_id=item_id, quantity=quantity)
        for item_id, quantity in units.items()
    )
    photos = ReturnPhoto.objects.bulk_create(
        ReturnPhoto(return_request=row, file=name, position=position)
        for position, name in enumerate(names)
    )
    for photo in photos:
        announce_image(photo, "file")
    record(row, "", actor=buyer, actor_kind=ActorKind.BUYER)
    follow_hold(order)
    publish(ReturnRequested(return_id=row.pk, order_id=order.pk))
    return row


@transaction.atomic
def cancel_return(return_id: UUID, *, actor: User) -> Return:
    """Keep the goods after all. Locks: the order, the return. Raises: NotFound; IllegalReturnStep.

    Publishes: returns.cancelled.
    """
    row = lock_return(return_id)
    move(row, ReturnStatus.CANCELLED, actor=actor, actor_kind=ActorKind.BUYER)
    publish(
        ReturnCancelled(return_id=row.pk, order_id=row.order_id, actor_kind=ActorKind.BUYER.value)
    )
    return row


def _check(order: Order, units: Mapping[UUID, int]) -> None:
    require_returnable(order)
    left = returnable_units(order.pk)
    for position, item_id in enumerate(units):
        if item_id not in left:
            raise InvalidInput(f"items.{position}.order_item_id", "This order has no such item.")
    short = [
        (position, left[item_id])
        for position, (item_id, quantity) in enumerate(units.items())
        if quantity > left[item_id]
    ]
    if short:
        raise UnitsNotReturnable(short)
