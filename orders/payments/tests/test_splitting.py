"""Refunds in whatever steps add up to what was paid, part by part."""

from random import Random
from uuid import UUID

import pytest

from orders.payments.splitting import Part, everything, refund_of_units, spread

NAMES = [
    "quantity",
    "goods_amount",
    "seller_discount_amount",
    "platform_discount_amount",
    "shipping_amount",
    "tax_amount",
]


def add(one: Part, other: Part) -> Part:
    return Part(one.item_id, **{n: getattr(one, n) + getattr(other, n) for n in NAMES})


def random_order(random: Random) -> list[Part]:
    parts = []
    for i in range(random.randint(1, 20)):
        quantity = random.randint(1, 9)
        goods = quantity * random.choice([0, 1, 999, 10_000, 33_333, 199_000])
        seller = random.randint(0, goods)
        platform = random.randint(0, goods - seller)
        parts.append(Part(UUID(int=i + 1), quantity, goods, seller, platform))
    shipping = random.choice([0, 15_000, 32_001])
    tax = random.choice([0, 7_777])
    parts.append(
        Part(
            None,
            shipping_amount=shipping,
            seller_discount_amount=random.randint(0, shipping),
            tax_amount=tax,
        )
    )
    return parts


def assert_sound(sold: Part, refunded: Part) -> None:
    for name in NAMES:
        assert 0 <= getattr(refunded, name) <= getattr(sold, name), (name, sold, refunded)
    assert 0 <= refunded.net_amount <= sold.net_amount


def refund_everything(random: Random, sold: list[Part]) -> dict[UUID | None, Part]:
    """Refund an order in random steps, by units and by amounts, until nothing is left."""
    by_id = {part.item_id: part for part in sold}
    refunded = {part.item_id: Part(part.item_id) for part in sold}
    for _ in range(random.randint(0, 8)):
        if random.random() < 0.5:
            item_id = random.choice([key for key in by_id if key is not None])
            left = by_id[item_id].quantity - refunded[item_id].quantity
            if not left:
                continue
            units = random.randint(1, left)
            chosen = [refund_of_units(by_id[item_id], refunded[item_id], units)]
        else:
            left = sum(p.net_amount - refunded[p.item_id].net_amount for p in sold)
            amount = random.randint(0, left)
            chosen = spread(sold, refunded, amount)
            assert sum(part.net_amount for part in chosen) == amount
        for part in chosen:
            refunded[part.item_id] = add(refunded[part.item_id], part)
            assert_sound(by_id[part.item_id], refunded[part.item_id])
    for part in everything(sold, refunded):
        refunded[part.item_id] = add(refunded[part.item_id], part)
    return refunded


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(10))
def test_thousand_orders_refunded_in_random_steps_get_back_exactly_what_was_paid(seed):
    random = Random(seed)

    for _ in range(1_000):
        sold = random_order(random)

        refunded = refund_everything(random, sold)

        assert list(refunded.values()) == sold


def test_units_go_back_at_what_was_paid_for_them():
    sold = Part(UUID(int=1), 3, 300_000, 10_000, 20_000)

    first = refund_of_units(sold, Part(sold.item_id), 1)
    second = refund_of_units(sold, first, 1)
    last = refund_of_units(sold, add(first, second), 1)

    assert [part.net_amount for part in (first, second, last)] == [90_000, 90_000, 90_000]
    assert [part.seller_discount_amount for part in (first, second, last)] == [3333, 3333, 3334]
    assert [part.platform_discount_amount for part in (first, second, last)] == [6666, 6667, 6667]


def test_more_than_is_left_is_refused():
    sold = [Part(UUID(int=1), 1, 1_000)]

    with pytest.raises(ValueError, match="More than is left"):
        spread(sold, {sold[0].item_id: Part(sold[0].item_id)}, 1_001)
