"""What follows from an order's own events."""

from collections import Counter

from catalog.services.sales import record_sales
from marketplace.common.outbox.registry import handles
from orders.constants import OrderStatus
from orders.events import OrderStatusChanged
from orders.models import Order


@handles(OrderStatusChanged)
def count_sales(event: OrderStatusChanged) -> None:
    """Count what was delivered, once per order."""
    if event.to_status != OrderStatus.DELIVERED:
        return
    order = Order.objects.get(pk=event.order_id)
    units: Counter = Counter()
    for product_id, quantity in order.items.values_list("product_id", "quantity"):
        units[product_id] += quantity
    record_sales(order.shop_id, units)
