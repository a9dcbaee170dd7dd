"""Parcels: made by the shop, booked and called off with their carriers by the worker."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import DomainError, InvalidInput, NotFound
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.errors import TrackingNumberTaken
from orders.fulfilment.constants import (
    BACKOFF_SECONDS,
    LEASE,
    MAX_PARCELS,
    MAX_TRIES,
    POLL_EVERY,
    BookingStatus,
    ShipmentStatus,
)
from orders.fulfilment.errors import NothingLeft, NotPackable, ParcelHasLeft
from orders.fulfilment.events import ShipmentRequested
from orders.fulfilment.models import Shipment, ShipmentEvent, ShipmentItem
from orders.fulfilment.parcels import follow_parcels, report, units_left
from orders.fulfilment.services import refuse_refunded, tracking_number_taken
from orders.models import Order
from orders.payments.services.refunds import is_refunded_whole
from orders.services.progress import advance_locked
from shops.shipping.carriers.base import Booked, Content, ParcelOrder
from shops.shipping.carriers.registry import available_carriers, client_for
from shops.shipping.constants import Carrier
from shops.shipping.errors import CarrierRefused, CarrierUnavailable
from shops.shipping.services import carrier_service_of, place_of


@dataclass(frozen=True)
class WantedParcel:
    """What a shop asks for; without items everything that is in no parcel yet."""

    carrier: str = ""
    items: Mapping[UUID, int] = field(default_factory=dict)
    weight_grams: int | None = None
    tracking_number: str = ""
    note: str = ""


@transaction.atomic
def add_shipment(
    order_id: UUID, wanted: WantedParcel, *, actor: User | None, actor_kind: ActorKind
) -> Shipment:
    """Make a parcel of an order, to be booked with its carrier by the worker.

    With everything in parcels the order is packed. What is collected on delivery is split over the
    parcels by their goods' value; the last one gets the rest, so that it is exactly what is due.
    Locks: the order. Raises: NotPackable; MoneyBack; NothingLeft; InvalidInput;
    TrackingNumberTaken.
    Publishes: fulfilment.shipment_requested; orders.status_changed when the order is packed.
    """
    order = Order.objects.lock(order_id)
    parcels = list(order.shipments.all())
    live = [each for each in parcels if each.status != ShipmentStatus.CANCELLED]
    if not _can_pack(order):
        raise NotPackable
    refuse_refunded(order)
    if len(parcels) >= MAX_PARCELS:
        raise InvalidInput("items", f"An order has at most {MAX_PARCELS} parcels.")
    carrier = _carrier(order, wanted.carrier, live)
    left = units_left(order)
    units = _units(left, wanted.items)
    is_last = units == left
    shipment = _make(order, wanted, carrier, units)
    shipment.cod_amount = _to_collect(order, live, shipment.value_amount, is_last=is_last)
    shipment.reference = f"{order.number}-{len(parcels) + 1}"
    with tracking_number_taken(wanted.tracking_number):
        shipment.save(force_insert=True)
    ShipmentItem.objects.bulk_create(
        ShipmentItem(shipment=shipment, order_item_id=pk, quantity=n) for pk, n in units.items()
    )
    ShipmentEvent.objects.create(
        shipment=shipment, status=ShipmentStatus.CREATED, happened_at=timezone.now()
    )
    if is_last and order.status == OrderStatus.CONFIRMED:
        advance_locked(order, OrderStatus.PACKED, actor=actor, actor_kind=actor_kind)
    follow_parcels(order)
    if shipment.booking_status == BookingStatus.PENDING:
        publish(ShipmentRequested(shipment.pk))
    return shipment


@transaction.atomic
def cancel_shipment(shipment_id: UUID) -> Shipment:
    """Call off a parcel that has not been fetched; the worker tells its carrier.

    Locks: the order, then the parcel. Raises: ParcelHasLeft.
    Publishes: fulfilment.shipment_requested where the carrier may know of it.
    """
    order_id = Shipment.objects.values_list("order_id", flat=True).filter(pk=shipment_id).first()
    if order_id is None:
        raise NotFound
    Order.objects.lock(order_id)
    shipment = Shipment.objects.lock(shipment_id)
    if shipment.status != ShipmentStatus.CREATED:
        raise ParcelHasLeft
    _call_off(shipment)
    return shipment


def call_off_parcels(order_id: UUID) -> None:
    """Call off what has not been fetched of an order that is cancelled, or refunded whole before it
    was handed over. Idempotent.

    One that came back to life before anybody heard of its end keeps its parcels.
    """
    if not _is_called_off(order_id):
        return
    waiting = Shipment.objects.filter(order_id=order_id, status=ShipmentStatus.CREATED)
    for shipment_id in waiting.order_by("pk").values_list("pk", flat=True):
        try:
            cancel_shipment(shipment_id)
        except ParcelHasLeft:
            continue  # fetched since the query above: it comes back some other way


@transaction.atomic
def _is_called_off(order_id: UUID) -> bool:
    order = Order.objects.lock(order_id)
    if order.status in {OrderStatus.CONFIRMED, OrderStatus.PACKED}:
        return is_refunded_whole(order)
    return order.status == OrderStatus.CANCELLED


@transaction.atomic
def retry_booking(shipment_id: UUID) -> None:
    """Have the worker try once more what it had given up: to book, or to call off.

    Raises: ParcelHasLeft.
    """
    given_up = Q(booking_status=BookingStatus.PARKED) | Q(
        booking_status=BookingStatus.CANCELLING, next_try_at=None
    )
    parked = Shipment.objects.filter(given_up, pk=shipment_id)
    # One try is counted, so that the parcel is looked for before it is booked again.
    retried = parked.exclude(status=ShipmentStatus.CANCELLED).update(
        booking_status=Case(
            When(booking_status=BookingStatus.CANCELLING, then=Value(BookingStatus.CANCELLING)),
            default=Value(BookingStatus.PENDING),
        ),
        attempts=1,
        next_try_at=Now(),
        attention="",
        updated_at=Now(),
    )
    if not retried:
        raise ParcelHasLeft("This parcel does not wait for another try.")
    publish(ShipmentRequested(shipment_id))


def due_bookings(limit: int) -> list[UUID]:
    """Return the ids of parcels whose carriers are to be told something, the oldest first."""
    due = Shipment.objects.booking_due().order_by("next_try_at")
    return list(due.values_list("pk", flat=True)[:limit])


def book_shipment(shipment_id: UUID) -> bool:
    """Tell a parcel's carrier of it, or that it is called off; outside any transaction.

    False when nothing is due, or another worker is at it. Idempotent: the carrier is given the same
    reference in every try, and is asked for it before a second one, so that there is one label,
    whenever the process was killed.
    """
    claimed = Shipment.objects.booking_due().filter(pk=shipment_id)
    if not claimed.update(
        next_try_at=timezone.now() + LEASE, attempts=F("attempts") + 1, updated_at=Now()
    ):
        return False
    shipment = Shipment.objects.select_related("order__shop").get(pk=shipment_id)
    try:
        if shipment.booking_status == BookingStatus.CANCELLING:
            client_for(shipment.carrier).cancel(shipment.reference or "", shipment.tracking_number)
            _called_off(shipment_id)
        else:
            _booked(shipment_id, _book(shipment))
    except (CarrierUnavailable, InvalidInput) as error:
        _try_later(shipment, _message(error))
    except (CarrierRefused, TrackingNumberTaken) as error:
        _park(shipment, _message(error))
    return True


def _carrier(order: Order, wanted: str, live: list[Shipment]) -> str:
    """Return who carries a new parcel. Raises: InvalidInput."""
    chosen = wanted or order.shipping_carrier
    if not wanted and chosen not in available_carriers():
        chosen = Carrier.MANUAL
    client_for(chosen)
    if order.payment_method == PaymentMethod.COD and any(each.carrier != chosen for each in live):
        raise InvalidInput(
            "carrier", "An order's cash is collected by one carrier: send all parcels with it."
        )
    return str(chosen)


def _can_pack(order: Order) -> bool:
    """Tell whether parcels can be made: later on, only in place of what was called off."""
    if order.status in {OrderStatus.CONFIRMED, OrderStatus.PACKED}:
        return True
    is_under_way = order.status in {OrderStatus.SHIPPED, OrderStatus.DELIVERY_FAILED}
    return is_under_way and order.shipments.exists() and bool(units_left(order))


def _units(left: Mapping[UUID, int], wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return the units of each line that go into the parcel."""
    if not left:
        raise NothingLeft
    for item_id, quantity in wanted.items():
        if quantity > left.get(item_id, 0):
            most = left.get(item_id, 0)
            raise InvalidInput("items", f"Of {item_id} {most} units are left to be sent.")
    return dict(wanted) or dict(left)


def _make(order: Order, wanted: WantedParcel, carrier: str, units: Mapping[UUID, int]) -> Shipment:
    by_hand = carrier == Carrier.MANUAL
    items = list(order.items.filter(pk__in=list(units)).select_related("variant"))
    weight = sum(item.variant.weight_grams * units[item.pk] for item in items)
    return Shipment(
        order=order,
        carrier=carrier,
        service_code=order.shipping_service_code,
        carrier_service=""
        if by_hand
        else carrier_service_of(order.shop_id, order.shipping_service_code, carrier),
        tracking_number=wanted.tracking_number if by_hand else "",
        value_amount=sum(item.unit_price_amount * units[item.pk] for item in items),
        weight_grams=max(wanted.weight_grams or weight, 1),
        note=wanted.note,
        booking_status=BookingStatus.BY_HAND if by_hand else BookingStatus.PENDING,
        next_try_at=None if by_hand else timezone.now(),
    )


def _to_collect(order: Order, live: list[Shipment], value: int, *, is_last: bool) -> int:
    """Return a parcel's part of the cash that is due for the order."""
    is_due = (
        order.payment_method == PaymentMethod.COD and order.payment_status == PaymentStatus.UNPAID
    )
    due = order.total_amount if is_due else 0
    rest = due - sum(each.cod_amount for each in live)
    if is_last:
        return rest
    return min(rest, due * value // max(order.subtotal_amount, 1))


def _book(shipment: Shipment) -> Booked:
    client, order = client_for(shipment.carrier), _order_of(shipment)
    if shipment.attempts > 1:
        found = client.track(order.reference, "")
        if found is not None and found.status != ShipmentStatus.CANCELLED:
            if found.cod_amount not in {None, order.cod_amount}:
                raise CarrierRefused("cod_differs", "The carrier is to collect another amount.")
            return Booked(found.tracking_number, found.fee_amount or 0)
    return client.create(order)


def _order_of(shipment: Shipment) -> ParcelOrder:
    order = shipment.order
    items = shipment.items.select_related("order_item__variant").order_by("pk")
    return ParcelOrder(
        reference=shipment.reference or "",
        service=shipment.carrier_service,
        origin=place_of(order.shop.pickup_address),
        destination=place_of(order.shipping_address),
        weight_grams=shipment.weight_grams,
        value_amount=shipment.value_amount,
        cod_amount=shipment.cod_amount,
        contents=[
            Content(
                name=item.order_item.title,
                sku=item.order_item.sku,
                quantity=item.quantity,
                weight_grams=item.order_item.variant.weight_grams,
            )
            for item in items
        ],
        note=shipment.note or order.note[:200],
    )


@transaction.atomic
def _booked(shipment_id: UUID, booked: Booked) -> None:
    """Write down what the carrier answered; when it was called off meanwhile, that is next."""
    shipment = Shipment.objects.lock(shipment_id)
    now = timezone.now()
    if shipment.booking_status == BookingStatus.PENDING:
        shipment.booking_status, shipment.next_try_at = BookingStatus.BOOKED, None
        shipment.attempts, shipment.last_error, shipment.attention = 0, "", ""
        shipment.next_poll_at = now + POLL_EVERY
    elif shipment.booking_status == BookingStatus.CANCELLING:
        shipment.next_try_at = now
    shipment.tracking_number, shipment.fee_amount = booked.tracking_number, booked.fee_amount
    with tracking_number_taken(booked.tracking_number):
        shipment.save(
            update_fields=[
                "booking_status",
                "next_try_at",
                "attempts",
                "last_error",
                "attention",
                "next_poll_at",
                "tracking_number",
                "fee_amount",
                "updated_at",
            ]
        )


def _call_off(shipment: Shipment) -> None:
    """Call off a locked parcel, at once where no carrier can know of it."""
    is_unknown = shipment.booking_status == BookingStatus.BY_HAND or (
        shipment.booking_status in {BookingStatus.PENDING, BookingStatus.PARKED}
        and shipment.attempts == 0
    )
    if is_unknown:
        _end(shipment)
        return
    if shipment.booking_status != BookingStatus.PENDING:
        # A try that is under way is waited for: it may reach the carrier after the calling off.
        shipment.next_try_at, shipment.attempts = timezone.now(), 0
    shipment.booking_status = BookingStatus.CANCELLING
    shipment.save(update_fields=["booking_status", "next_try_at", "attempts", "updated_at"])
    publish(ShipmentRequested(shipment.pk))


@transaction.atomic
def _called_off(shipment_id: UUID) -> None:
    shipment = Shipment.objects.lock(shipment_id)
    if shipment.status == ShipmentStatus.CREATED:
        _end(shipment)
    elif shipment.booking_status == BookingStatus.CANCELLING:
        _settle(shipment)


def _settle(shipment: Shipment) -> None:
    """Call nothing off any more: the carrier's own report, or the shop's hand, was faster."""
    is_off = shipment.status == ShipmentStatus.CANCELLED
    shipment.booking_status = BookingStatus.CANCELLED if is_off else BookingStatus.BOOKED
    shipment.next_try_at = None
    if not is_off:
        shipment.attention = f"Called off with its carrier, but it is {shipment.status}."
    shipment.save(update_fields=["booking_status", "next_try_at", "attention", "updated_at"])


def _end(shipment: Shipment) -> None:
    shipment.booking_status, shipment.next_try_at = BookingStatus.CANCELLED, None
    shipment.attention = ""
    shipment.save(update_fields=["booking_status", "next_try_at", "attention", "updated_at"])
    report(shipment, ShipmentStatus.CANCELLED)


def _message(error: Exception) -> str:
    if isinstance(error, CarrierRefused):
        return f"{error.code}: {error}"[:500]
    return str(error.args[0] if isinstance(error, DomainError) and error.args else error)[:500]


def _try_later(shipment: Shipment, error: str) -> None:
    """Try again after a pause that grows, stretched at random so that not all come at once."""
    if shipment.attempts >= MAX_TRIES:
        _park(shipment, error)
        return
    least = BACKOFF_SECONDS[min(shipment.attempts, len(BACKOFF_SECONDS)) - 1]
    pause = least * (1 + random.random())  # noqa: S311 - spreads load, guards nothing
    Shipment.objects.filter(pk=shipment.pk, booking_status=shipment.booking_status).update(
        next_try_at=timezone.now() + timedelta(seconds=pause), last_error=error, updated_at=Now()
    )


def _park(shipment: Shipment, error: str) -> None:
    """Give up and put it before staff.

    A parcel that could not be called off stays booked; one of which nobody knows whether it is
    stays to be called off, so that no other try books it.
    """
    parked = BookingStatus.PARKED
    if shipment.booking_status == BookingStatus.CANCELLING:
        is_booked = bool(shipment.tracking_number)
        parked = BookingStatus.BOOKED if is_booked else BookingStatus.CANCELLING
    Shipment.objects.filter(pk=shipment.pk, booking_status=shipment.booking_status).update(
        booking_status=parked,
        next_try_at=None,
        last_error=error,
        attention=error,
        updated_at=Now(),
    )
