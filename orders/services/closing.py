"""What open orders stand in the way of."""

from accounts.models import User
from orders.errors import OpenOrders
from orders.models import Order
from orders.querysets import OrderQuerySet
from shops.models import Shop

NAMED = 5


def refuse_open_purchases(buyer: User) -> None:
    """Keep an account open while its orders are; the account is locked. Raises: OpenOrders."""
    _refuse("This account", Order.objects.placed_by(buyer))


def refuse_open_sales(shop: Shop) -> None:
    """Keep a shop open while its orders are; the shop is locked. Raises: OpenOrders."""
    _refuse("This shop", Order.objects.filter(shop=shop))


def _refuse(whose: str, orders: OrderQuerySet) -> None:
    numbers = list(orders.open().order_by("pk").values_list("number", flat=True)[:NAMED])
    if numbers:
        raise OpenOrders(whose, numbers)
