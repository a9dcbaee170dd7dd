"""Parcels: handing over, delivering, failing to."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from catalog.inventory.services import commit
from orders.constants import ActorKind, OrderStatus, PaymentMethod
from orders.errors import TrackingNumberTaken
from orders.fulfilment.constants import ENDED, BookingStatus, ShipmentStatus
from orders.fulfilment.errors import MoneyBack, ParcelsExist
from orders.fulfilment.models import Shipment
from orders.fulfilment.parcels import report
from orders.models import Order
from orders.payments.services.cash import collect_cash
from orders.payments.services.refunds import is_refunded_whole
from orders.services.cancel import cancel_order
from orders.services.progress import advance_locked, advance_order
from shops.shipping.constants import AWAY, Carrier


def change_status(
    order_id: UUID,
    to_status: OrderStatus,
    *,
    actor: User,
    actor_kind: ActorKind,
    carrier: str = "",
    tracking_number: str = "",
    reason: str = "",
) -> Order:
    """Take the step of an order that a seller or staff asks for by naming the next status.

    Raises: IllegalOrderStep. Publishes: what the step publishes.
    """
    if to_status == OrderStatus.CANCELLED:
        return cancel_order(order_id, actor=actor, actor_kind=actor_kind, reason=reason)
    if to_status == OrderStatus.SHIPPED:
        return ship_order(
            order_id,
            actor=actor,
            actor_kind=actor_kind,
            carrier=carrier,
            tracking_number=tracking_number,
        )
    if to_status == OrderStatus.DELIVERED:
        return deliver_order(order_id, actor=actor, actor_kind=actor_kind)
    if to_status == OrderStatus.DELIVERY_FAILED:
        return fail_delivery(order_id, actor=actor, actor_kind=actor_kind, reason=reason)
    return advance_order(order_id, to_status, actor=actor, actor_kind=actor_kind, note=reason)


@transaction.atomic
def ship_order(
    order_id: UUID,
    *,
    actor: User | None,
    actor_kind: ActorKind,
    carrier: str = "",
    tracking_number: str = "",
) -> Order:
    """Hand an order's parcels over: its goods leave the shelf.

    An order whose parcels were made before needs no tracking number; without any, one is made.
    Locks: the order, its parcels, then its stock items by pk. Raises: IllegalOrderStep; MoneyBack;
    TrackingNumberTaken; ParcelsExist. Publishes: orders.status_changed.
    """
    order = Order.objects.lock(order_id)
    is_first_try = order.status == OrderStatus.PACKED
    # What has left is written down, whatever became of its money.
    if is_first_try and not order.shipments.filter(status__in=AWAY).exists():
        refuse_refunded(order)
    advance_locked(
        order, OrderStatus.SHIPPED, actor=actor, actor_kind=actor_kind, note=tracking_number
    )
    if not is_first_try:
        _move_shipments(order, ShipmentStatus.IN_TRANSIT)
        return order
    if order.shipments.live().exists():
        _name_parcel(order, tracking_number)
        _move_shipments(order, ShipmentStatus.PICKED_UP)
    else:
        shipment = _make_shipment(
            order, carrier or order.shipping_carrier or Carrier.MANUAL, tracking_number
        )
        report(shipment, ShipmentStatus.PICKED_UP)
    commit(order.pk, actor=actor)
    return order


@transaction.atomic
def deliver_order(order_id: UUID, *, actor: User | None, actor_kind: ActorKind) -> Order:
    """Record that the buyer has the parcel; cash on delivery is paid by that.

    Locks: the order, then its payment. Raises: IllegalOrderStep.
    Publishes: orders.status_changed.
    """
    order = Order.objects.lock(order_id)
    advance_locked(order, OrderStatus.DELIVERED, actor=actor, actor_kind=actor_kind)
    carriers = _move_shipments(order, ShipmentStatus.DELIVERED)
    if order.payment_method == PaymentMethod.COD:
        carrier = next(iter(carriers), order.shipping_carrier or Carrier.MANUAL)
        collect_cash(order, carrier=carrier)
    return order


@transaction.atomic
def fail_delivery(
    order_id: UUID, *, actor: User | None, actor_kind: ActorKind, reason: str
) -> Order:
    """Record that the parcel could not be handed to the buyer.

    Locks: the order. Raises: IllegalOrderStep. Publishes: orders.status_changed.
    """
    order = Order.objects.lock(order_id)
    advance_locked(
        order, OrderStatus.DELIVERY_FAILED, actor=actor, actor_kind=actor_kind, note=reason
    )
    _move_shipments(order, ShipmentStatus.FAILED)
    return order


def refuse_refunded(order: Order) -> None:
    """Keep goods here that nobody pays for any more; the order is locked. Raises: MoneyBack."""
    if is_refunded_whole(order):
        raise MoneyBack


def _make_shipment(order: Order, carrier: str, tracking_number: str) -> Shipment:
    shipment = Shipment(
        order=order,
        carrier=carrier,
        service_code=order.shipping_service_code,
        tracking_number=tracking_number,
        fee_amount=order.shipping_fee_amount,
        status=ShipmentStatus.PICKED_UP,
    )
    with tracking_number_taken(tracking_number):
        shipment.save(force_insert=True)
    return shipment


@contextmanager
def tracking_number_taken(tracking_number: str) -> Iterator[None]:
    """Write a parcel's number. Raises: TrackingNumberTaken when it is another one's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "shipment_tracking_once" not in str(error):
            raise
        raise TrackingNumberTaken(tracking_number) from error


def _name_parcel(order: Order, tracking_number: str) -> None:
    """Give the order's only parcel its number; it may have none of its own yet."""
    if not tracking_number:
        return
    parcels = list(order.shipments.live())
    if any(parcel.tracking_number == tracking_number for parcel in parcels):
        return
    is_free = not parcels[0].tracking_number and parcels[0].booking_status == BookingStatus.BY_HAND
    if len(parcels) > 1 or not is_free:
        raise ParcelsExist
    with tracking_number_taken(tracking_number):
        Shipment.objects.filter(pk=parcels[0].pk).update(
            tracking_number=tracking_number, updated_at=Now()
        )


def _move_shipments(order: Order, status: ShipmentStatus) -> list[str]:
    """Move an order's parcels along; returns who carries them."""
    carriers = []
    for shipment in Shipment.objects.lock_of([order.pk]):
        if shipment.status == ShipmentStatus.CANCELLED:
            continue
        carriers.append(shipment.carrier)
        if shipment.status not in ENDED:
            report(shipment, status)
    return carriers
