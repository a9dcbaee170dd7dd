"""Reads that join several tables of orders."""

from collections.abc import Iterable

from orders.constants import OrderStatus


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
