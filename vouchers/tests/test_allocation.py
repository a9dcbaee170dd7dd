"""The arithmetic of vouchers: worked examples, and thousands of generated carts."""

from itertools import product as combinations
from random import Random
from uuid import UUID

import pytest

from marketplace.common.money import share_of
from vouchers.allocation import Basket, Line, Part, Terms, apply_best, apply_named, refuse
from vouchers.constants import Reason, VoucherKind

SHOP, OTHER_SHOP = UUID(int=1), UUID(int=2)
TEA, POT, SHIRT = UUID(int=11), UUID(int=12), UUID(int=13)


def line(key, amount, path=""):
    return Line(key, amount, product_id=UUID(int=key.int + 100), category_path=path)


def voucher(code, kind="fixed", value=0, **terms):
    return Terms(UUID(int=hash(code) % 2**64), code, VoucherKind(kind), value, **terms)


CART = [
    Basket(SHOP, [line(TEA, 100_001, "a/b/"), line(POT, 250_000, "a/c/")], 30_000),
    Basket(OTHER_SHOP, [line(SHIRT, 149_999, "d/")], 25_000),
]


def test_shops_voucher_comes_first_and_the_platforms_takes_from_what_is_left():
    tenth = voucher("SHOP10", "percentage", 1_000, shop_id=SHOP)
    fifth = voucher("TET20", "percentage", 2_000, platform_share_bps=10_000)

    outcome = apply_named([fifth, tenth], CART)

    shops, platforms = outcome.applied
    # 10 % of 350,001 is 35,000.1; of 35,000, tea's share is 10,000.07 and pot's 24,999.93.
    assert shops.whole == Part(35_000, 0)
    assert shops.lines == {TEA: Part(10_000, 0), POT: Part(25_000, 0)}
    # 20 % of the 465,000 left; exact shares are 18,000.2, 45,000 and 29,999.8.
    assert platforms.whole == Part(93_000, 93_000)
    assert platforms.lines == {
        TEA: Part(18_000, 18_000),
        POT: Part(45_000, 45_000),
        SHIRT: Part(30_000, 30_000),
    }
    assert outcome.line_part(TEA) == Part(28_000, 18_000)
    assert outcome.refused == []


def test_cost_is_shared_to_the_last_unit():
    shared = voucher("BOTH", value=10_001, platform_share_bps=3_333)

    [applied] = apply_named([shared], CART).applied

    # 33.33 % of 10,001 is 3,333.3333.
    assert applied.whole == Part(10_001, 3_333)
    assert sum(part.amount for part in applied.lines.values()) == 10_001
    assert sum(part.platform_amount for part in applied.lines.values()) == 3_333
    assert applied.whole.seller_amount == 6_668


def test_percentage_stops_at_its_cap():
    capped = voucher("HALF", "percentage", 5_000, max_discount_amount=20_000)

    assert apply_named([capped], CART).discount_amount == 20_000


def test_fixed_amount_takes_no_more_than_there_is():
    large = voucher("LARGE", value=999_999, shop_id=OTHER_SHOP)

    outcome = apply_named([large], CART)

    assert outcome.discount_amount == 149_999
    assert outcome.line_part(SHIRT) == Part(149_999, 0)


def test_shipping_voucher_takes_from_fees_alone():
    everywhere = voucher("SHIP", "free_shipping", max_discount_amount=40_000)
    one_shop = voucher("SHIP1", "free_shipping", shop_id=OTHER_SHOP)

    [applied] = apply_named([everywhere], CART).applied

    # 40,000 over fees of 30,000 and 25,000: 21,818.18 and 18,181.82.
    assert applied.fees == {SHOP: Part(21_818), OTHER_SHOP: Part(18_182)}
    assert not applied.lines
    assert apply_named([one_shop], CART).fee_part(OTHER_SHOP) == Part(25_000)
    assert apply_named([one_shop], CART).fee_part(SHOP) == Part()


def test_limited_voucher_covers_categories_with_all_below_and_products():
    limited = voucher(
        "SOME",
        "percentage",
        5_000,
        category_paths=frozenset({"a/b/"}),
        product_ids=frozenset({UUID(int=SHIRT.int + 100)}),
    )

    [applied] = apply_named([limited], CART).applied

    assert set(applied.lines) == {TEA, SHIRT}
    assert apply_named([voucher("ALL-A", value=1, category_paths=frozenset({"a/"}))], CART).applied[
        0
    ].lines.keys() == {TEA, POT}


def test_worked_example_of_the_documentation():
    baskets = [
        Basket(SHOP, [line(TEA, 155_000), line(POT, 258_000)], 32_000),
        Basket(OTHER_SHOP, [line(SHIRT, 119_999)], 25_000),
    ]
    tra10 = voucher("TRA10", "percentage", 1_000, shop_id=SHOP, max_discount_amount=40_000)
    tet50 = voucher("TET50", value=50_000, min_spend_amount=300_000, platform_share_bps=7_000)
    freeship = voucher(
        "FREESHIP", "free_shipping", max_discount_amount=40_000, platform_share_bps=10_000
    )

    outcome = apply_named([tra10, tet50, freeship], baskets)

    shops, platforms, fees = outcome.applied
    assert shops.lines == {TEA: Part(15_012), POT: Part(24_988)}
    assert platforms.lines == {
        TEA: Part(14_198, 9_939),
        POT: Part(23_632, 16_542),
        SHIRT: Part(12_170, 8_519),
    }
    assert fees.fees == {SHOP: Part(22_456, 22_456), OTHER_SHOP: Part(17_544, 17_544)}
    assert [outcome.line_part(key) for key in (TEA, POT, SHIRT)] == [
        Part(29_210, 9_939),
        Part(48_620, 16_542),
        Part(12_170, 8_519),
    ]
    assert outcome.discount_amount == 130_000


@pytest.mark.parametrize(
    ("terms", "reason", "missing"),
    [
        ({"shop_id": UUID(int=9)}, Reason.NO_MATCHING_ITEMS, 0),
        ({"category_paths": frozenset({"z/"})}, Reason.NO_MATCHING_ITEMS, 0),
        ({"min_spend_amount": 530_000}, Reason.MIN_SPEND, 30_000),
        ({"min_spend_amount": 200_000, "shop_id": OTHER_SHOP}, Reason.MIN_SPEND, 50_001),
        ({"min_spend_amount": 200_000, "category_paths": frozenset({"d/"})}, "min_spend", 50_001),
        ({"budget_left_amount": 29_999}, Reason.EXHAUSTED, 0),
        ({"blocked": Reason.LIMIT_REACHED}, Reason.LIMIT_REACHED, 0),
    ],
)
def test_voucher_that_does_not_apply_says_why(terms, reason, missing):
    refusal = refuse(voucher("TET", value=30_000, **terms), CART)

    assert (refusal.reason, refusal.missing_amount) == (reason, missing)


def test_message_names_what_is_missing():
    refusal = refuse(voucher("TET", value=1, min_spend_amount=530_000), CART)

    assert refusal.message == "Add 30.000 ₫ more to use TET."


def test_second_voucher_for_a_slot_is_refused():
    first, second = voucher("ONE", value=1_000), voucher("TWO", value=2_000)

    outcome = apply_named([first, second], CART)

    assert outcome.discount_amount == 1_000
    assert [(row.code, row.reason) for row in outcome.refused] == [("TWO", Reason.SLOT_TAKEN)]


def test_voucher_with_nothing_left_to_take_is_refused():
    everything = [voucher("A", "percentage", 10_000, shop_id=shop) for shop in (SHOP, OTHER_SHOP)]

    outcome = apply_named([*everything, voucher("TET", value=1_000)], CART)

    assert outcome.discount_amount == 500_000
    assert [(row.code, row.reason) for row in outcome.refused] == [("TET", Reason.NO_EFFECT)]


def test_best_set_leaves_more_to_a_larger_voucher():
    """The shop's larger voucher would take from the goods that the platform's is good for."""
    on_tea = voucher("TEA", "percentage", 10_000, category_paths=frozenset({"a/b/"}))
    small_elsewhere = voucher("POT", value=60_000, shop_id=SHOP, category_paths=frozenset({"a/c/"}))
    larger = voucher("ANY", value=70_000, shop_id=SHOP)

    outcome = apply_best([larger, small_elsewhere, on_tea], CART)

    assert {row.terms.code for row in outcome.applied} == {"POT", "TEA"}
    assert outcome.discount_amount == 160_001
    assert [(row.code, row.reason) for row in outcome.refused] == [("ANY", Reason.BETTER_FOUND)]


def test_best_set_of_equals_is_the_smaller_one():
    everything = voucher("A", "percentage", 10_000, shop_id=OTHER_SHOP)
    also = voucher("B", value=149_999, category_paths=frozenset({"d/"}))

    outcome = apply_best([also, everything], CART)

    assert len(outcome.applied) == 1
    assert outcome.discount_amount == 149_999


# --- generated carts ------------------------------------------------------------------------------

CARTS = 10_000
PATHS = ("a/", "a/b/", "a/b/c/", "d/", "d/e/")


def generated(seed):
    """Return a cart of up to 20 lines and 5 shops, and vouchers of every kind for it."""
    rng = Random(seed)
    baskets = [
        Basket(
            UUID(int=shop + 1),
            [
                line(UUID(int=1_000 * (shop + 1) + n), rng.choice(AMOUNTS)(rng), rng.choice(PATHS))
                for n in range(rng.randrange(1, 5))
            ],
            rng.choice((0, 15_000, 30_000, 31_415)),
        )
        for shop in range(rng.choice((1, 1, 2, 2, 3, 5)))
    ]
    total = sum(row.amount for basket in baskets for row in basket.lines)
    vouchers = []
    for basket in baskets:
        vouchers += [made(rng, total, basket.shop_id) for _ in range(rng.choice((0, 1, 1, 2)))]
    vouchers += [made(rng, total, None) for _ in range(rng.choice((0, 1, 2, 3)))]
    rng.shuffle(vouchers)
    return baskets, vouchers


AMOUNTS = (
    lambda rng: rng.randrange(0, 10),
    lambda rng: rng.randrange(1, 2_000),
    lambda rng: rng.randrange(1, 200) * 1_000,
    lambda rng: rng.randrange(1, 10**12),
)


def made(rng, total, shop_id):
    kind = rng.choice(("percentage", "percentage", "fixed", "fixed", "free_shipping"))
    value = {
        "percentage": rng.choice((1, 333, 1_000, 5_000, 9_999, 10_000)),
        "fixed": rng.choice((1, 7, 30_000, rng.randrange(1, total + 2))),
        "free_shipping": 0,
    }[kind]
    return Terms(
        UUID(int=rng.getrandbits(128)),
        f"V{rng.getrandbits(40):X}",
        VoucherKind(kind),
        value,
        shop_id=shop_id,
        max_discount_amount=rng.choice((None, None, 1, 20_000, rng.randrange(1, total + 2))),
        min_spend_amount=rng.choice((0, 0, 0, rng.randrange(0, total + 2))),
        platform_share_bps=rng.choice((0, 3_333, 5_000, 10_000, rng.randrange(0, 10_001))),
        category_paths=frozenset(rng.sample(PATHS, rng.choice((0, 0, 1, 2)))),
        budget_left_amount=rng.choice((None, None, None, rng.randrange(0, total + 2))),
    )


def worth_in_full(terms, base):
    """A second opinion on what a voucher takes off an amount."""
    taken = {
        "percentage": share_of(base, terms.value),
        "fixed": min(terms.value, base),
        "free_shipping": base,
    }[terms.kind]
    return taken if terms.max_discount_amount is None else min(taken, terms.max_discount_amount)


def best_by_trying_everything(baskets, vouchers):
    """Return the largest discount over every set that fits the slots, applied one by one."""
    slots = {}
    for terms in vouchers:
        if refuse(terms, baskets) is None:
            slots.setdefault(terms.slot, [None]).append(terms)
    return max(
        sum(row.whole.amount for row in apply_named(filter(None, chosen), baskets).applied)
        for chosen in combinations(*slots.values())
    )


def check_parts(baskets, outcome):
    amounts = {row.key: row.amount for basket in baskets for row in basket.lines}
    fees = {basket.shop_id: basket.shipping_fee_amount for basket in baskets}
    for applied in outcome.applied:
        parts = [*applied.lines.values(), *applied.fees.values()]
        assert sum(part.amount for part in parts) == applied.whole.amount > 0
        assert sum(part.platform_amount for part in parts) == applied.whole.platform_amount
        assert all(0 <= part.platform_amount <= part.amount for part in parts)
        share = share_of(applied.whole.amount, applied.terms.platform_share_bps)
        assert applied.whole.platform_amount == share
        budget = applied.terms.budget_left_amount
        assert budget is None or applied.whole.amount <= budget
    assert all(0 <= outcome.line_part(key).amount <= amounts[key] for key in amounts)
    assert all(0 <= outcome.fee_part(shop).amount <= fees[shop] for shop in fees)
    of_lines = sum(outcome.line_part(key).amount for key in amounts)
    assert of_lines + sum(outcome.fee_part(shop).amount for shop in fees) == outcome.discount_amount


@pytest.mark.no_cover
def test_parts_of_generated_carts_add_up_and_the_best_set_is_the_best():
    applied = competing = 0
    for seed in range(CARTS):
        baskets, vouchers = generated(seed)

        named = apply_named(vouchers, baskets)
        best = apply_best(vouchers, baskets)

        check_parts(baskets, named)
        check_parts(baskets, best)
        assert best.discount_amount == best_by_trying_everything(baskets, vouchers), seed
        assert best.discount_amount >= named.discount_amount
        assert len(named.applied) + len(named.refused) == len(vouchers)
        assert len(best.applied) + len(best.refused) == len(vouchers)
        applied += len(best.applied)
        competing += any(row.reason == Reason.BETTER_FOUND for row in best.refused)
    # The carts are worth their while.
    assert applied > CARTS
    assert competing > CARTS // 10


def test_shops_voucher_takes_its_worth_of_the_full_price():
    for seed in range(500):
        baskets, vouchers = generated(seed)
        for applied in apply_named(vouchers, baskets).applied:
            if applied.terms.slot[0] == "shop":
                base = sum(
                    row.amount
                    for basket in baskets
                    for row in basket.lines
                    if row.key in applied.lines
                )
                assert applied.whole.amount == worth_in_full(applied.terms, base)


def test_best_of_a_hundred_shops_is_found_quickly():
    """Every shop's vouchers compete with the platform's that is limited to half of the goods."""
    rng = Random(1)
    baskets = [
        Basket(
            UUID(int=shop),
            [line(UUID(int=1_000 + shop), rng.randrange(10**5, 10**7), rng.choice(PATHS))],
            30_000,
        )
        for shop in range(1, 101)
    ]
    vouchers = [
        voucher(f"S{basket.shop_id}-{n}", value=rng.randrange(10**4, 10**5), shop_id=basket.shop_id)
        for basket in baskets
        for n in range(5)
    ] + [
        voucher(f"P{n}", "percentage", 1_000 + n, category_paths=frozenset({"a/"}))
        for n in range(20)
    ]

    outcome = apply_best(vouchers, baskets)

    check_parts(baskets, outcome)
    assert len(outcome.applied) == 101
