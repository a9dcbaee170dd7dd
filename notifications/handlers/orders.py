"""Orders: every step, to whoever did not take it; and what open pages of both sides show."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import Told, order_data, order_of, order_values, team_of, tell
from notifications.live import tell_of_order
from orders.constants import ActorKind, OrderStatus
from orders.events import OrderCancelled, OrderPlaced, OrderStatusChanged
from orders.standing.constants import Obligation
from orders.standing.events import DeadlineNear
from shops.constants import TeamRole

# Steps that the buyer waits for; that an order was placed is told by OrderPlaced.
_BUYER_IS_TOLD = {
    OrderStatus.CONFIRMED: NotificationType.ORDER_CONFIRMED,
    OrderStatus.PACKED: NotificationType.ORDER_PACKED,
    OrderStatus.SHIPPED: NotificationType.ORDER_SHIPPED,
    OrderStatus.DELIVERED: NotificationType.ORDER_DELIVERED,
    OrderStatus.DELIVERY_FAILED: NotificationType.ORDER_DELIVERY_FAILED,
    OrderStatus.COMPLETED: NotificationType.ORDER_COMPLETED,
}
_SELLER_IS_TOLD = {
    OrderStatus.DELIVERY_FAILED: NotificationType.ORDER_DELIVERY_FAILED,
    OrderStatus.COMPLETED: NotificationType.ORDER_COMPLETED,
}


@handles(OrderPlaced)
def tell_of_placed_order(event: OrderPlaced) -> None:
    """Tell the buyer, and the shop's people who serve orders."""
    order = order_of(event.order_id)
    tell(
        [
            *team_of(order.shop, TeamRole.ORDERS, NotificationType.ORDER_RECEIVED),
            (order.buyer_id, NotificationType.ORDER_PLACED),
        ],
        event.topic,
        values=order_values(order),
        data=order_data(order),
    )


@handles(OrderStatusChanged)
def tell_of_order_step(event: OrderStatusChanged) -> None:
    """Tell the buyer of every step that is not the buyer's own, the seller of an order's end."""
    step, order = OrderStatus(event.to_status), order_of(event.order_id)
    told: list[Told] = []
    if step in _SELLER_IS_TOLD and event.actor_kind != ActorKind.SELLER:
        told += team_of(order.shop, TeamRole.ORDERS, _SELLER_IS_TOLD[step])
    if step in _BUYER_IS_TOLD and event.actor_kind != ActorKind.BUYER:
        told.append((order.buyer_id, _BUYER_IS_TOLD[step]))
    tell(told, event.topic, values=order_values(order), data=order_data(order))


@handles(OrderCancelled)
def tell_of_cancelled_order(event: OrderCancelled) -> None:
    """Tell whoever did not cancel; a seller never heard of an order that was not paid."""
    order = order_of(event.order_id)
    told: list[Told] = []
    was_placed = event.from_status != OrderStatus.PENDING_PAYMENT
    if was_placed and event.actor_kind != ActorKind.SELLER:
        is_late = event.actor_kind == ActorKind.SYSTEM
        late, other = NotificationType.ORDER_CANCELLED_LATE, NotificationType.ORDER_CANCELLED
        told += team_of(order.shop, TeamRole.ORDERS, late if is_late else other)
    if event.actor_kind != ActorKind.BUYER:
        told.append((order.buyer_id, NotificationType.ORDER_CANCELLED))
    values = {**order_values(order), "reason": event.reason}
    tell(told, event.topic, values=values, data=order_data(order))


@handles(DeadlineNear)
def tell_of_near_deadline(event: DeadlineNear) -> None:
    """Tell the shop's people who serve orders, once."""
    order = order_of(event.order_id)
    due = datetime.fromisoformat(event.due_at).astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE))
    tell(
        team_of(order.shop, TeamRole.ORDERS, NotificationType.ORDER_DUE_SOON),
        event.topic,
        values={
            **order_values(order),
            "due": f"{due:%Y-%m-%d %H:%M}",
            "step": Obligation(event.obligation).label.lower(),
        },
        data=order_data(order),
    )


@handles(OrderPlaced)
def show_placed_order(event: OrderPlaced) -> None:
    tell_of_order(order_of(event.order_id), from_status=None, status=OrderStatus.PLACED)


@handles(OrderStatusChanged)
def show_order_step(event: OrderStatusChanged) -> None:
    """Show every step to both sides, one's own too: it may have been made on another device."""
    if event.to_status != OrderStatus.PLACED:  # OrderPlaced tells of that
        order = order_of(event.order_id)
        tell_of_order(order, from_status=event.from_status, status=event.to_status)


@handles(OrderCancelled)
def show_cancelled_order(event: OrderCancelled) -> None:
    order = order_of(event.order_id)
    tell_of_order(order, from_status=event.from_status, status=OrderStatus.CANCELLED)
