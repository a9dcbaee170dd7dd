"""One order: its lines, its number and the way that it went."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.conf import settings

from marketplace.common import money
from marketplace.demo.goods import Goods, Variant
from marketplace.demo.people import DemoShop
from marketplace.demo.tables import id_at
from orders.constants import OrderStatus

SERVICE_CODE, SERVICE_NAME = "standard", "Giao hàng tiêu chuẩn"
# Orders settle within this time; older ones are all at their end.
SETTLES_WITHIN = timedelta(days=9)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# An odd factor permutes the numbers below 32 ** 6: they look random and never collide.
SCATTER, NUMBERS = 648_056_213, 32**6
_S = OrderStatus
PATH = (_S.PLACED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED, _S.COMPLETED)
HOURS_OF_STEP = {
    _S.CONFIRMED: (0.5, 8),
    _S.PACKED: (1, 12),
    _S.SHIPPED: (2, 20),
    _S.DELIVERED: (20, 90),
    _S.COMPLETED: (2, 60),
}
STILL_MOVING = (_S.PLACED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED)


@dataclass
class Line:
    """One variant in an order."""

    id: UUID
    goods: Goods
    variant: Variant
    quantity: int

    @property
    def total(self) -> int:
        return self.variant.price * self.quantity

    @property
    def commission(self) -> int:
        return money.share_of(self.total, settings.COMMISSION_RATE_BPS)


@dataclass
class Sale:
    """One order on its way: `steps` are the states it went through, with their times."""

    id: UUID
    number: str
    shop: DemoShop
    lines: list[Line]
    steps: list[tuple[OrderStatus, datetime]]
    shipping_fee: int
    cancel_reason: str = ""

    status: OrderStatus = field(init=False)
    times: dict[OrderStatus, datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.status = self.steps[-1][0]
        self.times = dict(self.steps)

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping_fee

    @property
    def is_shipped(self) -> bool:
        return _S.SHIPPED in self.times

    @property
    def is_paid(self) -> bool:
        return _S.DELIVERED in self.times


def fill_basket(shelf: list[Goods], rng: Random) -> Iterator[Line]:
    weights = [goods.popularity for goods in shelf]
    picked = {goods.number: goods for goods in rng.choices(shelf, weights, k=rng.randrange(1, 4))}
    for goods in picked.values():
        free = [row for row in goods.variants if row.free > 0]
        if free:
            variant = rng.choice(free)
            quantity = min(variant.free, rng.choice((1, 1, 1, 2, 2, 3)))
            yield Line(id_at(goods.made_at, rng), goods, variant, quantity)


def make_steps(
    placed_at: datetime, now: datetime, rng: Random
) -> Iterator[tuple[OrderStatus, datetime]]:
    """Yield the states of an order and when it came there, as far as time has gone."""
    yield _S.PLACED, placed_at
    if rng.random() < 0.06:
        cancelled_at = placed_at + timedelta(hours=rng.uniform(0.1, 5))
        if cancelled_at < now:
            yield _S.CANCELLED, cancelled_at
            return
    at = placed_at
    # A few sellers are slow: their newest orders wait somewhere on the way.
    stops_at = rng.choice(STILL_MOVING) if now - placed_at < SETTLES_WITHIN else None
    before = _S.PLACED
    for status in PATH[1:]:
        at += timedelta(hours=rng.uniform(*HOURS_OF_STEP[status]))
        if at >= now or before == stops_at:
            return
        yield status, at
        before = status


def scattered(number: int) -> str:
    value = number * SCATTER % NUMBERS
    letters = []
    for _ in range(6):
        value, digit = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)
