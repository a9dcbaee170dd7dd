"""What follows from an order's own events, and what orders have to say when somebody leaves."""

from collections import Counter

from accounts import hooks as accounts_hooks
from accounts.events import AccountClosed
from catalog.search.related import record_bought_together
from catalog.services.sales import record_sales
from marketplace.common.outbox.registry import handles
from orders.constants import OrderStatus
from orders.events import OrderStatusChanged
from orders.models import Order
from orders.selectors import held_orders
from orders.services.closing import forget_buyer, refuse_open_purchases, refuse_open_sales
from orders.settlement.services.payouts import end_drafts_of
from shops import hooks as shops_hooks

accounts_hooks.closing_checks.append(refuse_open_purchases)
accounts_hooks.export_sections["orders"] = held_orders
shops_hooks.closing_checks.append(refuse_open_sales)
shops_hooks.handover_steps.append(end_drafts_of)


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
    record_bought_together(units)


@handles(AccountClosed)
def forget_closed_account(event: AccountClosed) -> None:
    forget_buyer(event.user_id)
