"""Commission, and refunds of it: exact values, and every sum over generated orders."""

import random
from uuid import uuid4

import pytest

from orders.payments.splitting import Part, everything, refund_of_units, spread
from orders.settlement.amounts import (
    Kept,
    Rule,
    Settled,
    SoldLine,
    commission_of,
    given_back,
)

SHOP, OTHER = uuid4(), uuid4()
PLATFORM_RATE = 500


def line(unit=100_000, quantity=1, discount=0, rate=None, path="aa/bb/", shop=SHOP):
    return SoldLine(
        item_id=uuid4(),
        shop_id=shop,
        shop_rate_bps=rate,
        category_path=path,
        unit_price_amount=unit,
        quantity=quantity,
        line_total_amount=unit * quantity,
        seller_discount_amount=discount,
    )


def rule(rate=1_000, **terms):
    return Rule(id=uuid4(), name="Rule", rate_bps=rate, **terms)


def test_without_rules_the_shops_rate_counts_or_else_the_platforms():
    assert commission_of(line(199_000), [], PLATFORM_RATE).amount == 9_950
    assert commission_of(line(199_000, rate=250), [], PLATFORM_RATE).amount == 4_975
    assert commission_of(line(199_000, rate=0), [], PLATFORM_RATE).amount == 0


def test_half_a_unit_of_commission_is_the_platforms():
    assert commission_of(line(30), [], PLATFORM_RATE).amount == 2
    assert commission_of(line(29), [], PLATFORM_RATE).amount == 1


def test_what_the_shop_takes_off_bears_no_commission():
    found = commission_of(line(100_000, quantity=2, discount=50_000), [], PLATFORM_RATE)

    assert (found.base_amount, found.amount) == (150_000, 7_500)


def test_first_rule_that_fits_decides():
    rules = [
        rule(100, shop_id=OTHER),
        rule(200, category_path="aa/cc/"),
        rule(300, min_price_amount=100_001),
        rule(400, below_price_amount=100_000),
        rule(600, category_path="aa/"),
        rule(700),
    ]

    found = commission_of(line(100_000, rate=50), rules, PLATFORM_RATE)

    assert (found.rate_bps, found.amount, found.rule) == (600, 6_000, rules[4])


@pytest.mark.parametrize(
    ("price", "rate"), [(99_999, 1_000), (100_000, 500), (199_999, 500), (200_000, 300)]
)
def test_bands_of_value_meet_without_gap_or_overlap(price, rate):
    rules = [
        rule(1_000, below_price_amount=100_000),
        rule(500, min_price_amount=100_000, below_price_amount=200_000),
        rule(300, min_price_amount=200_000),
    ]

    assert commission_of(line(price), rules, PLATFORM_RATE).rate_bps == rate


def test_floor_and_cap_are_for_each_unit():
    bounds = rule(1_000, floor_amount=5_000, cap_amount=20_000)

    assert commission_of(line(10_000, quantity=3), [bounds], 0).amount == 15_000
    assert commission_of(line(100_000, quantity=3), [bounds], 0).amount == 30_000
    assert commission_of(line(500_000, quantity=3), [bounds], 0).amount == 60_000


def test_commission_is_never_more_than_the_line_brings():
    greedy = rule(1_000, floor_amount=50_000)

    assert commission_of(line(10_000), [greedy], 0).amount == 10_000
    assert commission_of(line(100_000, discount=100_000), [greedy], 0).amount == 0


def test_a_third_of_a_line_gives_back_a_third_of_its_commission_and_the_last_third_the_rest():
    sold = Kept(300, 100)

    first = given_back(sold, Kept(), 100)
    second = given_back(sold, Kept(100, first), 100)
    third = given_back(sold, Kept(200, first + second), 100)

    assert (first, second, third) == (33, 33, 34)


def generated_order(rng):
    """Return an order's parts with its commissions: 1 to 20 lines, discounts of both sides."""
    rules = [
        rule(
            rng.randrange(0, 3_000),
            min_price_amount=rng.choice([None, rng.randrange(1, 500_000)]),
            floor_amount=rng.choice([None, rng.randrange(0, 5_000)]),
        )
        for _ in range(rng.randrange(3))
    ]
    parts, kept = [], {}
    for _ in range(rng.randrange(1, 21)):
        unit, quantity = rng.randrange(1, 1_000_000), rng.randrange(1, 8)
        total = unit * quantity
        seller = rng.choice([0, rng.randrange(total + 1)])
        platform = rng.choice([0, rng.randrange(total - seller + 1)])
        sold = line(unit, quantity, seller, rng.choice([None, rng.randrange(3_000)]))
        found = commission_of(sold, rules, PLATFORM_RATE)
        assert 0 <= found.amount <= found.base_amount
        kept[sold.item_id] = Kept(found.base_amount, found.amount)
        parts.append(
            Part(
                sold.item_id,
                quantity=quantity,
                goods_amount=total,
                seller_discount_amount=seller,
                platform_discount_amount=platform,
            )
        )
    fee = rng.randrange(60_000)
    own = rng.choice([0, rng.randrange(fee + 1)])
    theirs = rng.choice([0, rng.randrange(fee - own + 1)])
    parts.append(
        Part(
            None,
            shipping_amount=fee,
            seller_discount_amount=own,
            platform_discount_amount=theirs,
            tax_amount=rng.choice([0, rng.randrange(50_000)]),
        )
    )
    return parts, kept


def add(one, other):
    names = [name for name in Part.__dataclass_fields__ if name != "item_id"]
    return Part(one.item_id, **{name: getattr(one, name) + getattr(other, name) for name in names})


def some_refund(rng, sold, refunded):
    """Choose what to refund next, as buyers, sellers and staff do."""
    left = sum(part.net_amount for part in sold) - sum(p.net_amount for p in refunded.values())
    choice = rng.random()
    if choice < 0.4:
        part = rng.choice(sold)
        units = part.quantity - refunded[part.item_id].quantity
        if part.item_id is None or units <= 0:
            return []
        return [refund_of_units(part, refunded[part.item_id], rng.randrange(1, units + 1))]
    if choice < 0.85:
        return spread(sold, refunded, rng.randrange(left + 1)) if left else []
    return everything(sold, refunded)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(10))
def test_every_sum_holds_over_a_thousand_generated_orders(seed):
    rng = random.Random(seed)
    for _ in range(1_000):
        sold, kept = generated_order(rng)
        commission = sum(row.amount for row in kept.values())
        subsidy = sum(part.platform_discount_amount for part in sold)
        total = sum(part.net_amount for part in sold)
        sale = Settled(total, subsidy, commission)
        # Buyer paid = shop + commission - what the platform pays of the discount.
        assert total == sale.shop_amount + commission - subsidy
        refunded = {part.item_id: Part(part.item_id) for part in sold}
        back = dict.fromkeys(kept, Kept())
        buyer = shop = platform = paid = 0
        for _ in range(rng.randrange(6)):
            parts = some_refund(rng, sold, refunded)
            given = 0
            for part in parts:
                refunded[part.item_id] = add(refunded[part.item_id], part)
                if part.item_id is not None:
                    base = part.goods_amount - part.seller_discount_amount
                    amount = given_back(kept[part.item_id], back[part.item_id], base)
                    assert amount >= 0
                    before = back[part.item_id]
                    back[part.item_id] = Kept(before.base_amount + base, before.amount + amount)
                    assert back[part.item_id].amount <= kept[part.item_id].amount
                    given += amount
            refund = Settled(
                sum(part.net_amount for part in parts),
                sum(part.platform_discount_amount for part in parts),
                given,
            )
            buyer += refund.buyer_amount
            shop += refund.shop_amount
            platform += given
            paid += refund.subsidy_amount
            assert buyer <= total
            assert platform <= commission
            assert paid <= subsidy
            assert buyer == shop + platform - paid
        if all(refunded[part.item_id] == part for part in sold):
            assert (buyer, shop, platform, paid) == (
                *(total, sale.shop_amount, commission),
                subsidy,
            )
