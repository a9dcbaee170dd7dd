"""What open connections are told. Best effort: the database is where a client catches up from."""

from collections.abc import Iterable
from uuid import UUID

from marketplace.common import live
from orders.constants import OrderStatus
from orders.models import Order
from shops.constants import TeamRole
from shops.selectors import people_of


def wake_connections(user_ids: Iterable[UUID]) -> None:
    """Have these users' connections read what is new, once the transaction has committed."""
    for user_id in user_ids:
        live.send_after_commit(live.user_group(user_id), {"type": "notifications.new"})


def tell_of_order(order: Order, *, from_status: str | None, status: str) -> None:
    """Tell the connections of the buyer, and of the shop's people who serve orders, of a step.

    After the commit. The shop never hears of an order that was not paid.
    """
    roles = [("buyer", order.buyer_id)]
    if from_status != OrderStatus.PENDING_PAYMENT:
        roles += [("seller", user_id) for user_id in people_of(order.shop, TeamRole.ORDERS)]
    for role, user_id in roles:
        body = {
            "type": "order",
            "role": role,
            "from_status": from_status,
            "order": {
                "id": str(order.pk),
                "number": order.number,
                "status": status,
                "payment_status": order.payment_status,
                "shop_id": str(order.shop_id),
            },
        }
        live.send_after_commit(live.user_group(user_id), {"type": "order.changed", "body": body})
