"""What a refund consists of: every unit of money goes back as it was paid.

Each part of an order keeps the amounts it was sold at. Parts of a part are taken from the running
total, rounded down, so that whatever is refunded in whatever steps adds up to what was paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.common import money

if TYPE_CHECKING:
    from orders.payments.models import RefundLine


@dataclass(frozen=True)
class Part:
    """An item of an order, or its shipping and tax (`item_id` None); amounts in smallest units."""

    item_id: UUID | None
    quantity: int = 0
    goods_amount: int = 0
    seller_discount_amount: int = 0
    platform_discount_amount: int = 0
    shipping_amount: int = 0
    tax_amount: int = 0

    @property
    def net_amount(self) -> int:
        """What the buyer paid for it."""
        return net_of(self)


AMOUNTS: Final = tuple(field.name for field in fields(Part) if field.name != "item_id")


def net_of(part: "Part | RefundLine") -> int:
    """Return what the buyer pays for a part, or gets back of it."""
    return (
        part.goods_amount
        - part.seller_discount_amount
        - part.platform_discount_amount
        + part.shipping_amount
        + part.tax_amount
    )


def refund_of_units(sold: Part, refunded: Part, quantity: int) -> Part:
    """Return what comes back for some units of an item of which `refunded` came back before."""
    units = refunded.quantity + quantity
    target = sold.net_amount if units == sold.quantity else sold.net_amount * units // sold.quantity
    net = max(target - refunded.net_amount, 0)
    part = refund_of_amount(sold, refunded, net)
    if sold.net_amount == 0 and units == sold.quantity:
        # Nothing was paid for it, but what others paid for it goes back with its last unit.
        part = _rest(sold, refunded)
    return replace(part, quantity=quantity)


def refund_of_amount(sold: Part, refunded: Part, net: int) -> Part:
    """Return what `net` of the money for a part consists of."""
    total, reached = sold.net_amount, refunded.net_amount + net
    if total and reached == total:
        return _rest(sold, refunded)

    def due(whole: int, before: int) -> int:
        return max(whole * reached // total - before, 0) if total else 0

    seller = due(sold.seller_discount_amount, refunded.seller_discount_amount)
    platform = due(sold.platform_discount_amount, refunded.platform_discount_amount)
    tax = due(sold.tax_amount, refunded.tax_amount)
    gross = net + seller + platform - tax
    is_item = sold.item_id is not None
    return Part(
        sold.item_id,
        goods_amount=gross if is_item else 0,
        shipping_amount=0 if is_item else gross,
        seller_discount_amount=seller,
        platform_discount_amount=platform,
        tax_amount=tax,
    )


def owed_of(part: Part, sold: Part, refunded: Part) -> int:
    """Return how much of a part that was not sent the buyer has not got by what was, `refunded`.

    It is what would be asked for now: units that went back otherwise are paid for, and amounts that
    went back before lower what the others give.
    """
    if not part.quantity:
        return min(part.net_amount, sold.net_amount - refunded.net_amount)
    units = min(part.quantity, sold.quantity - refunded.quantity)
    return min(part.net_amount, refund_of_units(sold, refunded, units).net_amount) if units else 0


def spread(sold: Sequence[Part], refunded: Mapping[UUID | None, Part], amount: int) -> list[Part]:
    """Spread an amount over all parts in proportion to what is left of each.

    Raises: ValueError for more than is left.
    """
    left = [part.net_amount - refunded[part.item_id].net_amount for part in sold]
    if amount > sum(left):
        raise ValueError("More than is left.")
    nets = money.allocate(amount, left)
    return [
        refund_of_amount(part, refunded[part.item_id], net)
        for part, net in zip(sold, nets, strict=True)
        if net
    ]


def share_of(
    chosen: Sequence[Part], sold: Sequence[Part], refunded: Mapping[UUID | None, Part], amount: int
) -> list[Part]:
    """Return what an amount of chosen parts consists of: goods in proportion, then the shipping.

    None of them gives more than it would give whole. Raises: ValueError for more than all do.
    """
    goods = [part for part in chosen if part.item_id is not None]
    rest = [part for part in chosen if part.item_id is None]
    whole = {part.item_id: part for part in sold}
    parts = []
    for group in (goods, rest):
        caps = [part.net_amount for part in group]
        nets = money.allocate(min(amount, sum(caps)), caps)
        amount -= sum(nets)
        parts += [
            refund_of_amount(whole[part.item_id], refunded[part.item_id], net)
            for part, net in zip(group, nets, strict=True)
            if net
        ]
    if amount:
        raise ValueError("More than is left.")
    return parts


def fit(parts: Sequence[Part], sold: Sequence[Part], refunded: Mapping[UUID | None, Part]) -> bool:
    """Tell whether these parts of what was sold are still there to be refunded."""
    whole = {part.item_id: part for part in sold}
    return all(
        getattr(refunded[part.item_id], name) + getattr(part, name)
        <= getattr(whole[part.item_id], name)
        for part in parts
        for name in AMOUNTS
    )


def everything(sold: Sequence[Part], refunded: Mapping[UUID | None, Part]) -> list[Part]:
    """Return all that is left of every part, units included."""
    rest = [_rest(part, refunded[part.item_id]) for part in sold]
    return [part for part in rest if part != Part(part.item_id)]


def _rest(sold: Part, refunded: Part) -> Part:
    return Part(
        sold.item_id,
        quantity=sold.quantity - refunded.quantity,
        goods_amount=sold.goods_amount - refunded.goods_amount,
        seller_discount_amount=sold.seller_discount_amount - refunded.seller_discount_amount,
        platform_discount_amount=sold.platform_discount_amount - refunded.platform_discount_amount,
        shipping_amount=sold.shipping_amount - refunded.shipping_amount,
        tax_amount=sold.tax_amount - refunded.tax_amount,
    )
