"""How the handlers tell: whom, and with what of an order."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from marketplace.common.money import display_amount
from marketplace.common.outbox.registry import handled_event_id
from notifications.constants import NotificationType
from notifications.selectors import staff_who_may
from notifications.services.telling import Contact, notify
from orders.models import Order
from shops.constants import TeamRole
from shops.models import Shop
from shops.selectors import people_of

Told = tuple[UUID, NotificationType]


def tell(
    recipients: Iterable[tuple[UUID, NotificationType]],
    topic: str,
    *,
    values: dict[str, str],
    data: dict[str, Any],
    only_to: Contact | None = None,
) -> None:
    event_key = f"{topic}:{handled_event_id.get()}"
    notify(recipients, event_key=event_key, values=values, data=data, only_to=only_to)


def tell_staff(
    permission: str,
    kind: NotificationType,
    topic: str,
    *,
    values: dict[str, str],
    data: dict[str, Any],
) -> None:
    """Tell the staff whose work it is."""
    told = [(user_id, kind) for user_id in staff_who_may(permission)]
    tell(told, topic, values=values, data=data)


def team_of(shop: Shop, role: TeamRole, kind: NotificationType) -> list[Told]:
    """Return whom of a shop's team to tell: its owner, and members with the role."""
    return [(user_id, kind) for user_id in people_of(shop, role)]


def order_of(order_id: UUID) -> Order:
    return Order.objects.select_related("shop").get(pk=order_id)


def order_values(order: Order) -> dict[str, str]:
    return {
        "number": order.number,
        "shop": order.shop.name,
        "total": display_amount(order.total_amount, order.currency),
    }


def order_data(order: Order) -> dict[str, Any]:
    return {
        "order_id": str(order.pk),
        "order_number": order.number,
        "shop_id": str(order.shop_id),
        "status": order.status,
    }
