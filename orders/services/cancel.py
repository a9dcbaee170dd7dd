"""End an order without its goods."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts.models import User
from catalog.inventory.services import release, restock
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind, OrderStatus
from orders.errors import ParcelAway, PartlyDelivered
from orders.events import OrderCancelled
from orders.models import Order
from orders.payments.services.cancelled import settle_cancelled
from orders.transitions import transition
from shops.shipping.constants import AWAY, ParcelStatus
from vouchers.services.redemptions import release_vouchers


@transaction.atomic
def cancel_order(
    order_id: UUID, *, actor: User | None, actor_kind: ActorKind, reason: str
) -> Order:
    """Cancel one order; its siblings of the same checkout go on.

    Locks: the order, its payment, its vouchers by pk, then its stock items by pk.
    Raises: IllegalOrderStep once it is too late for this actor; PartlyDelivered; ParcelAway.
    Publishes: orders.cancelled.
    """
    order = Order.objects.lock(order_id)
    had_left = order.status == OrderStatus.DELIVERY_FAILED
    if had_left and order.shipments.filter(status=ParcelStatus.DELIVERED).exists():
        raise PartlyDelivered
    is_with_shop = order.status in {OrderStatus.CONFIRMED, OrderStatus.PACKED}
    if is_with_shop and order.shipments.filter(status__in=AWAY).exists():
        raise ParcelAway
    cancel_locked(order, actor=actor, actor_kind=actor_kind, reason=reason)
    give_back_vouchers([order])
    if had_left:
        units = dict(order.items.values_list("variant_id", "quantity"))
        restock(units, reference=order.pk, actor=actor, note="Delivery failed")
    else:
        release([order.pk])
    return order


def cancel_locked(order: Order, *, actor: User | None, actor_kind: ActorKind, reason: str) -> None:
    """Cancel an order that the caller has locked; giving back its vouchers and its stock is left to
    the caller, who may have several orders and must lock theirs in order."""
    from_status = order.status
    transition(order, OrderStatus.CANCELLED, actor=actor, actor_kind=actor_kind, note=reason)
    order.cancel_reason = reason
    order.complete_before = None
    order.save(update_fields=["cancel_reason", "complete_before", "updated_at"])
    settle_cancelled(order)
    publish(
        OrderCancelled(
            order_id=order.pk, from_status=from_status, actor_kind=actor_kind, reason=reason
        )
    )


def give_back_vouchers(orders: Iterable[Order]) -> None:
    """Give back the vouchers of cancelled orders; orders without a discount cost no statement."""
    if discounted := [order.pk for order in orders if order.discount_amount]:
        release_vouchers(discounted)
