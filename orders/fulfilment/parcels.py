"""A parcel's status follows from its steps, and an order's from its parcels."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from catalog.inventory.services import commit
from orders.constants import ActorKind, OrderStatus, PaymentMethod
from orders.fulfilment.constants import ENDED, ShipmentStatus
from orders.fulfilment.models import Shipment, ShipmentEvent, ShipmentItem
from orders.models import Order
from orders.payments.services.cash import collect_cash
from orders.services.cancel import cancel_order
from orders.services.progress import advance_locked

# Which of two steps with one time came first: carriers tell seconds, not less.
_RANK: Final = {status: rank for rank, status in enumerate(ShipmentStatus)}
_S = OrderStatus
# The next step of an order towards where its parcels are.
_TOWARDS: Final[dict[OrderStatus, dict[OrderStatus, OrderStatus]]] = {
    _S.PACKED: dict.fromkeys(
        (_S.SHIPPED, _S.DELIVERED, _S.DELIVERY_FAILED, _S.CANCELLED), _S.SHIPPED
    ),
    _S.SHIPPED: {
        _S.DELIVERED: _S.DELIVERED,
        _S.DELIVERY_FAILED: _S.DELIVERY_FAILED,
        _S.CANCELLED: _S.DELIVERY_FAILED,
    },
    _S.DELIVERY_FAILED: {
        _S.SHIPPED: _S.SHIPPED,
        _S.DELIVERED: _S.SHIPPED,
        _S.CANCELLED: _S.CANCELLED,
    },
}


def report(
    shipment: Shipment,
    status: ShipmentStatus,
    *,
    happened_at: datetime | None = None,
    code: str = "",
    note: str = "",
) -> None:
    """Write a step of a locked parcel, and what it makes of the parcel's status."""
    ShipmentEvent.objects.create(
        shipment=shipment,
        status=status,
        code=code,
        happened_at=happened_at or timezone.now(),
        note=note,
    )
    steps = shipment.events.values_list("happened_at", "status", "code")
    shipment.status = status_after(steps)
    changed = ["status", "updated_at"]
    if shipment.status in ENDED:
        shipment.next_poll_at = None
        changed.append("next_poll_at")
    shipment.save(update_fields=changed)


def status_after(steps: Iterable[tuple[datetime, str, str]]) -> ShipmentStatus:
    """Return where a parcel is after these steps, in whatever order they were heard of.

    The carrier's time decides; the first word that ends a parcel is the last one that counts.
    """
    status = ShipmentStatus.CREATED
    for _, step, _ in sorted(steps, key=_by_time):
        # That it was made is news only until it has moved.
        status = status if step == ShipmentStatus.CREATED else ShipmentStatus(step)
        if status in ENDED:
            break
    return status


def follow_parcels(order: Order, *, note: str = "") -> bool:
    """Move a locked order as far as its parcels have come, in the carrier's name.

    False when it cannot follow: it has ended otherwise. What came home goes back on the shelf and
    the order is cancelled, with the buyer's money sent back. Locks: the parcels, the payment, the
    stock items by pk. Publishes: orders.status_changed or orders.cancelled per step.
    """
    parcels = Shipment.objects.lock_of([order.pk])
    live = [each for each in parcels if each.status != ShipmentStatus.CANCELLED]
    target = _target([ShipmentStatus(each.status) for each in live])
    if target is None or order.status == OrderStatus.CONFIRMED:
        return True
    if target == OrderStatus.DELIVERED and len(live) < len(parcels) and units_left(order):
        target = OrderStatus.SHIPPED  # what was called off has to go in another parcel
    while order.status != target:
        step = _TOWARDS.get(OrderStatus(order.status), {}).get(target)
        if step is None:
            return _is_beyond(OrderStatus(order.status), target)
        _take(order, step, carrier=live[0].carrier, note=note)
    return True


def units_left(order: Order) -> dict[UUID, int]:
    """Return the units of an order's items that are in no parcel; nothing for whole-order ones."""
    live = Shipment.objects.live().filter(order=order)
    if live.filter(reference=None).exists():
        return {}
    packed = dict(
        ShipmentItem.objects.filter(shipment__in=live)
        .values_list("order_item_id")
        .annotate(Sum("quantity"))
    )
    items = order.items.order_by("pk").values_list("pk", "quantity")
    left = {pk: quantity - packed.get(pk, 0) for pk, quantity in items}
    return {pk: quantity for pk, quantity in left.items() if quantity > 0}


def _by_time(step: tuple[datetime, str, str]) -> tuple[datetime, int, str]:
    return step[0], _RANK[ShipmentStatus(step[1])], step[2]


def _target(statuses: list[ShipmentStatus]) -> OrderStatus | None:
    """Return where an order with parcels in these places should be; None: where it is."""
    found = set(statuses)
    if not found or found == {ShipmentStatus.CREATED}:
        return None
    if found == {ShipmentStatus.DELIVERED}:
        return OrderStatus.DELIVERED
    if found == {ShipmentStatus.RETURNED}:
        return OrderStatus.CANCELLED
    if found & {ShipmentStatus.FAILED, ShipmentStatus.RETURNED}:
        return OrderStatus.DELIVERY_FAILED
    return OrderStatus.SHIPPED


def _is_beyond(status: OrderStatus, target: OrderStatus) -> bool:
    """Tell whether an order that cannot go on is where its parcels are, or further."""
    if status == OrderStatus.COMPLETED:
        return target == OrderStatus.DELIVERED
    return False


def _take(order: Order, step: OrderStatus, *, carrier: str, note: str) -> None:
    is_first_try = order.status == OrderStatus.PACKED
    if step == OrderStatus.CANCELLED:
        reason = "The parcel came back to the shop."
        cancel_order(order.pk, actor=None, actor_kind=ActorKind.CARRIER, reason=reason)
        order.refresh_from_db()
        return
    advance_locked(
        order,
        step,
        actor=None,
        actor_kind=ActorKind.CARRIER,
        note=note if step == OrderStatus.DELIVERY_FAILED else "",
    )
    if step == OrderStatus.SHIPPED and is_first_try:
        commit(order.pk, actor=None)
    if step == OrderStatus.DELIVERED and order.payment_method == PaymentMethod.COD:
        collect_cash(order, carrier=carrier)
