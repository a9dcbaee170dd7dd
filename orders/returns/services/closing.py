"""What open returns stand in the way of."""

from accounts.models import User
from orders.models import Order
from orders.returns.errors import OpenReturns
from orders.returns.selectors import open_return_numbers
from shops.models import Shop

_NAMED = 5


def refuse_open_returns(buyer: User) -> None:
    """Keep an account open while its returns are; the account is locked. Raises: OpenReturns."""
    if numbers := open_return_numbers(Order.objects.placed_by(buyer), _NAMED):
        raise OpenReturns("This account", numbers)


def refuse_returns_to(shop: Shop) -> None:
    """Keep a shop open while its returns are; the shop is locked. Raises: OpenReturns."""
    if numbers := open_return_numbers(Order.objects.filter(shop=shop), _NAMED):
        raise OpenReturns("This shop", numbers)
