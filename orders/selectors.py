"""Reads that join several tables of orders."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import User
from marketplace.common.locks import transaction_lock
from orders.constants import OrderStatus
from orders.models import Checkout, Order, OrderEvent, OrderItem


def checkout_status(order_statuses: Iterable[str]) -> str:
    """Return what a checkout is, from its orders: they live their own lives, it has none.

    `pending_payment` while one waits for money, `cancelled` when all are, `completed` when all that
    were not cancelled are, `placed` otherwise.
    """
    statuses = set(order_statuses)
    if OrderStatus.PENDING_PAYMENT in statuses:
        return OrderStatus.PENDING_PAYMENT
    if statuses <= {OrderStatus.CANCELLED}:
        return OrderStatus.CANCELLED
    if statuses <= {OrderStatus.CANCELLED, OrderStatus.COMPLETED}:
        return OrderStatus.COMPLETED
    return OrderStatus.PLACED


def has_no_order(buyer: User, *, besides: Checkout | None = None) -> bool:
    """Tell whether a buyer's next order is the first one; cancelled ones do not count.

    Nor do those of the checkout that is asked about, `besides`.
    """
    others = Order.objects.placed_by(buyer).exclude(status=OrderStatus.CANCELLED)
    if besides is not None:
        others = others.exclude(checkout=besides)
    return not others.exists()


def will_have_first_order(buyer: User, *, besides: Checkout | None = None) -> bool:
    """As `has_no_order`, true of one transaction at a time: the others wait for its end."""
    transaction_lock(f"orders.first:{buyer.pk}")
    return has_no_order(buyer, besides=besides)


def held_orders(buyer: User) -> list[dict[str, Any]]:
    """Return the user's orders for the export of all that is held about them, the oldest first.

    Three queries for any number of orders; amounts in smallest units.
    """
    orders = Order.objects.placed_by(buyer)
    items = _by_order(
        OrderItem.objects.filter(order__in=orders)
        .order_by("pk")
        .values(
            "order_id",
            "title",
            "variant_name",
            "sku",
            "attributes",
            "quantity",
            "unit_price_amount",
            "line_total_amount",
        )
    )
    timeline = _by_order(
        OrderEvent.objects.filter(order__in=orders)
        .order_by("pk")
        .values("order_id", "to_status", "actor_kind", "note", "created_at")
    )
    return [
        {**order, "items": items[order["id"]], "timeline": timeline[order["id"]]}
        for order in orders.order_by("pk").values()
    ]


def _by_order(rows: Iterable[Any]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.pop("order_id")].append(row)
    return found
