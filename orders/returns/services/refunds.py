"""Money that a shop sends back by itself, without goods."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from accounts.models import User
from marketplace.common.errors import InvalidInput
from marketplace.common.ids import uuid7
from orders.models import Order
from orders.payments.constants import RefundKind
from orders.payments.models import Refund
from orders.payments.services.refunds import Wanted, request_refund
from orders.returns.errors import UnitsBeingReturned
from orders.returns.selectors import refundable_units, units_free_of_returns


@transaction.atomic
def refund_order(
    order_id: UUID,
    *,
    actor: User,
    reason: str,
    units: Mapping[UUID, int] | None = None,
    amount: int | None = None,
    with_shipping: bool = False,
) -> Refund:
    """Refund units of an order by item, or an amount, without goods coming back.

    Locks: the order, its payment. Raises: InvalidInput for an item that is not the order's, or
    units that were refunded; UnitsBeingReturned; RefundNotPossible; RefundExceedsPayment.
    Publishes: payments.refund_requested.
    """
    Order.objects.lock(order_id)
    if units is not None:
        _require_free(order_id, units)
    return request_refund(
        order_id,
        Wanted(units=units, amount=amount, with_shipping=with_shipping),
        kind=RefundKind.GOODWILL,
        source=f"order:{uuid7()}",
        actor=actor,
        reason=reason,
    )


def _require_free(order_id: UUID, units: Mapping[UUID, int]) -> None:
    left, free = refundable_units(order_id), units_free_of_returns(order_id)
    for position, (item_id, quantity) in enumerate(units.items()):
        if item_id not in left:
            raise InvalidInput(f"items.{position}.order_item_id", "This order has no such item.")
        if quantity > left[item_id]:
            raise InvalidInput(
                f"items.{position}.quantity", f"{left[item_id]} units are left to refund."
            )
        if quantity > free[item_id]:
            raise UnitsBeingReturned
