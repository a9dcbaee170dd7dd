"""What open orders stand in the way of, and what ended ones forget."""

from typing import Any, Final
from uuid import UUID

from django.db.models import F, JSONField, QuerySet, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from accounts.models import User
from orders.constants import ENDED
from orders.errors import OpenOrders
from orders.models import Order
from orders.querysets import OrderQuerySet
from shops.models import Shop

NAMED = 5
# What is left of an address says where goods went, for taxes, and to nobody's door.
_NOBODY: Final = {
    "recipient_name": "",
    "phone_number": "",
    "line1": "",
    "line2": "",
    "ward": "",
    "district": "",
    "postal_code": "",
}


def refuse_open_purchases(buyer: User) -> None:
    """Keep an account open while its orders are; the account is locked. Raises: OpenOrders."""
    _refuse("This account", Order.objects.placed_by(buyer))


def refuse_open_sales(shop: Shop) -> None:
    """Keep a shop open while its orders are; the shop is locked. Raises: OpenOrders."""
    _refuse("This shop", Order.objects.filter(shop=shop))


def forget_buyer(user_id: UUID) -> int:
    """Take the person out of a closed account's orders; amounts and goods stay. Idempotent."""
    return forget_people(Order.objects.filter(buyer_id=user_id))


def forget_people(orders: QuerySet[Order]) -> int:
    """Blank in ended orders whom and what door goods went to; returns how many there were.

    The invoice, which the law has kept, is a document of its own.
    """
    return orders.filter(status__in=ENDED).update(
        shipping_address=_without_person("shipping_address"),
        billing_address=_without_person("billing_address"),
        note="",
        updated_at=Now(),
    )


def _without_person(column: str) -> Any:
    nobody = Value(_NOBODY, JSONField())
    return CombinedExpression(F(column), "||", nobody, output_field=JSONField())


def _refuse(whose: str, orders: OrderQuerySet) -> None:
    numbers = list(orders.open().order_by("pk").values_list("number", flat=True)[:NAMED])
    if numbers:
        raise OpenOrders(whose, numbers)
