"""What a shop earned with an order is not paid out while its goods may come back."""

from orders.models import Order
from orders.returns.models import Return
from orders.settlement.services.release import hold_order, unhold_order


def follow_hold(order: Order) -> bool:
    """Hold a locked order's money while something of it is open, and let it go afterwards.

    Returns whether something is open.
    """
    is_open = Return.objects.open().filter(order=order).exists()
    if is_open:
        hold_order(order)
    else:
        unhold_order(order)
    return is_open
