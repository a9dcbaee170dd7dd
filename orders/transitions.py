"""The one way an order changes its status."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from orders.constants import TRANSITIONS, ActorKind, OrderStatus
from orders.errors import IllegalOrderStep
from orders.models import Order, OrderEvent
from shops.services.impartiality import require_impartial

_TIME_OF = {
    OrderStatus.PLACED: "placed_at",
    OrderStatus.CONFIRMED: "confirmed_at",
    OrderStatus.PACKED: "packed_at",
    OrderStatus.SHIPPED: "shipped_at",
    OrderStatus.DELIVERED: "delivered_at",
    OrderStatus.COMPLETED: "completed_at",
    OrderStatus.CANCELLED: "cancelled_at",
}


def transition(
    order: Order,
    to_status: OrderStatus,
    *,
    actor: User | None,
    actor_kind: ActorKind,
    note: str = "",
) -> None:
    """Move a locked order one step and write its timeline.

    Raises: IllegalOrderStep when there is no such step, or it is not this actor's to make;
    ConflictOfInterest for staff who bought it, or who work for its shop: they are its sellers.
    """
    from_status = OrderStatus(order.status)
    if actor_kind not in TRANSITIONS.get((from_status, to_status), frozenset()):
        raise IllegalOrderStep(from_status, to_status)
    if actor_kind == ActorKind.STAFF:
        require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])
    now = timezone.now()
    order.status = to_status
    changed = ["status", "updated_at"]
    if name := _TIME_OF.get(to_status):
        setattr(order, name, now)
        changed.append(name)
    if to_status == OrderStatus.DELIVERED:
        order.complete_before = now + timedelta(days=settings.AUTO_COMPLETE_DAYS)
        changed.append("complete_before")
    order.save(update_fields=changed)
    OrderEvent.objects.create(
        order=order,
        from_status=from_status,
        to_status=to_status,
        actor_kind=actor_kind,
        actor=actor,
        note=note,
    )
