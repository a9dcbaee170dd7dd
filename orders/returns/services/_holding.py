"""What a shop earned with an order is not paid out while its goods may come back."""

from orders.models import Order
from orders.returns.models import Return


def follow_hold(order: Order) -> bool:
    """Tell whether something of a locked order is open, which keeps its money from the shop."""
    return Return.objects.open().filter(order=order).exists()
