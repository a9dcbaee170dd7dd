"""Steps of an order that need no parcel: confirming, packing, completing."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind, OrderStatus
from orders.events import OrderStatusChanged
from orders.models import Order
from orders.transitions import transition


@transaction.atomic
def advance_order(
    order_id: UUID,
    to_status: OrderStatus,
    *,
    actor: User | None,
    actor_kind: ActorKind,
    note: str = "",
) -> Order:
    """Move an order one step.

    Locks: the order. Raises: IllegalOrderStep. Publishes: orders.status_changed.
    """
    order = Order.objects.lock(order_id)
    advance_locked(order, to_status, actor=actor, actor_kind=actor_kind, note=note)
    return order


def advance_locked(
    order: Order,
    to_status: OrderStatus,
    *,
    actor: User | None,
    actor_kind: ActorKind,
    note: str = "",
) -> None:
    """Move an order that the caller has locked, and tell of it."""
    from_status = order.status
    transition(order, to_status, actor=actor, actor_kind=actor_kind, note=note)
    publish(
        OrderStatusChanged(
            order_id=order.pk, from_status=from_status, to_status=to_status, actor_kind=actor_kind
        )
    )


def confirm_receipt(order_id: UUID, *, actor: User) -> Order:
    """Complete a delivered order in its buyer's name. Raises: IllegalOrderStep."""
    return advance_order(order_id, OrderStatus.COMPLETED, actor=actor, actor_kind=ActorKind.BUYER)


def overdue_receipts(limit: int) -> list[UUID]:
    """Return the ids of delivered orders that nobody confirmed in time, the oldest first."""
    due = Order.objects.receipt_overdue(timezone.now()).order_by("complete_before")
    return list(due.values_list("pk", flat=True)[:limit])


def complete_overdue(order_id: UUID) -> Order:
    """Complete a delivered order in the system's name. Raises: IllegalOrderStep."""
    return advance_order(
        order_id,
        OrderStatus.COMPLETED,
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        note="No complaint within the time for it.",
    )
