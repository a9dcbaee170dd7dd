"""Many orders at once, each done on its own: one that cannot be done leaves the others alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from marketplace.common.errors import DomainError, NotFound
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from shops.models import Shop


@dataclass(frozen=True)
class Outcome:
    """What became of one order; without a code it went well."""

    order_id: UUID
    number: str = ""
    code: str = ""
    message: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.code


def refused(order_id: UUID, error: DomainError, number: str = "") -> Outcome:
    return Outcome(order_id, number, error.code, str(error))


def confirm_orders(shop: Shop, order_ids: Sequence[UUID], *, actor: User) -> list[Outcome]:
    """Confirm orders of a shop, each in a transaction of its own, in the order given.

    Call it outside any transaction. Publishes: orders.status_changed per order.
    """
    numbers = numbers_of(shop, order_ids)
    return [_confirm(each, numbers, actor) for each in dict.fromkeys(order_ids)]


def numbers_of(shop: Shop, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the numbers of those of the orders that are the shop's."""
    own = Order.objects.sold_by(shop).filter(pk__in=order_ids)
    return dict(own.values_list("pk", "number"))


def _confirm(order_id: UUID, numbers: dict[UUID, str], actor: User) -> Outcome:
    if order_id not in numbers:
        return refused(order_id, NotFound())
    number = numbers[order_id]
    try:
        change_status(order_id, OrderStatus.CONFIRMED, actor=actor, actor_kind=ActorKind.SELLER)
    except DomainError as error:
        return refused(order_id, error, number)
    return Outcome(order_id, number)
