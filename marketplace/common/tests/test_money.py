"""Money against slow exact arithmetic."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.common import money

amounts = st.integers(0, money.MAX_AMOUNT)
signed_amounts = st.integers(-money.MAX_AMOUNT, money.MAX_AMOUNT)
currencies = st.sampled_from(sorted(money.EXPONENTS))
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)
rates = st.integers(0, 20_000)


@given(amount=amounts, weights=weights.filter(any))
def test_allocate_adds_up_exactly(amount, weights):
    parts = money.allocate(amount, weights)

    assert sum(parts) == amount
    assert len(parts) == len(weights)
    assert min(parts) >= 0


@given(amount=amounts, weights=weights.filter(any))
def test_allocate_is_less_than_one_unit_off_the_exact_share(amount, weights):
    total = sum(weights)

    parts = money.allocate(amount, weights)

    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, total)) < 1


@given(data=st.data(), weights=weights.filter(any))
def test_allocate_gives_no_part_more_than_its_weight_when_the_total_suffices(data, weights):
    amount = data.draw(st.integers(0, sum(weights)))

    parts = money.allocate(amount, weights)

    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(amount=amounts, weights=weights.filter(any))
def test_allocate_gives_nothing_to_no_weight(amount, weights):
    parts = money.allocate(amount, weights)

    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(amount=amounts, weight=st.integers(1, 10**9), count=st.integers(1, 30))
def test_allocate_puts_the_rest_of_a_tie_on_the_first(amount, weight, count):
    base, rest = divmod(amount, count)

    assert money.allocate(amount, [weight] * count) == [base + 1] * rest + [base] * (count - rest)


@given(amount=amounts, weights=weights.filter(any))
def test_allocate_gives_the_larger_weight_no_less(amount, weights):
    parts = money.allocate(amount, weights)

    ranked = sorted(zip(weights, parts, strict=True))
    assert all(left[1] <= right[1] for left, right in pairwise(ranked) if left[0] < right[0])


def test_allocate_splits_known_amounts():
    assert money.allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert money.allocate(10, [5, 3, 2]) == [5, 3, 2]
    assert money.allocate(1, [1, 2]) == [0, 1]
    assert money.allocate(0, [0, 0]) == [0, 0]
    assert money.allocate(0, []) == []


@pytest.mark.parametrize(
    ("amount", "weights"), [(-1, [1]), (1, [-1, 3]), (1, [0, 0]), (1, []), (0, [-1])]
)
def test_allocate_refuses_what_cannot_be_split(amount, weights):
    with pytest.raises(ValueError):
        money.allocate(amount, weights)


@given(amount=signed_amounts, code=currencies)
def test_every_amount_survives_formatting_and_parsing(amount, code):
    text = money.format_amount(amount, code)

    assert money.parse_amount(text, code) == amount
    assert len(text.partition(".")[2]) == money.EXPONENTS[code]


@given(amount=signed_amounts, code=currencies)
def test_format_is_the_exact_decimal(amount, code):
    assert Fraction(money.format_amount(amount, code)) == Fraction(
        amount, 10 ** money.EXPONENTS[code]
    )


@given(amount=signed_amounts, rate=rates)
def test_share_is_the_exact_one_rounded_half_away_from_zero(amount, rate):
    exact = Fraction(abs(amount) * rate, money.BASIS_POINTS)
    rounded = int(exact + Fraction(1, 2))

    assert money.share_of(amount, rate) == (rounded if amount >= 0 else -rounded)


def test_share_rounds_half_up():
    assert money.share_of(10, 500) == 1
    assert money.share_of(9, 500) == 0
    assert money.share_of(-10, 500) == -1
    assert money.share_of(199_000, 10_000) == 199_000


@given(st.text("0123456789.-+eE_ ٣１", max_size=12))
def test_parse_reads_a_number_or_refuses(text):
    try:
        amount = money.parse_amount(text, "USD")
    except money.InvalidAmount:
        return
    assert Fraction(text) * 100 == amount


@pytest.mark.parametrize(
    ("text", "code", "amount"),
    [
        ("19.99", "USD", 1999),
        ("19.9", "USD", 1990),
        ("19", "USD", 1900),
        ("19.9900", "USD", 1999),
        ("199000", "VND", 199_000),
        ("199000.00", "VND", 199_000),
        (199_000, "VND", 199_000),
        ("007", "VND", 7),
        ("-0", "VND", 0),
        ("-1.50", "EUR", -150),
        (str(money.MAX_AMOUNT), "VND", money.MAX_AMOUNT),
    ],
)
def test_parse_reads(text, code, amount):
    assert money.parse_amount(text, code) == amount


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1 ", "+1", "1,5", ".5", "1.", "--1", "-", "1e3", "1E3", "0x10", "1_000", "NaN",
        "Infinity", "-Infinity", "１２", "٣", "1.999", "1\n", "\x001", "½", "9" * 16,
        "1." + "0" * 7, True, None, 10**30, 10**12 + 1, -(10**12) - 1,
    ],
)  # fmt: skip
def test_parse_refuses(text):
    with pytest.raises(money.InvalidAmount):
        money.parse_amount(text, "USD")


def test_parse_says_how_many_decimals_would_be_right():
    with pytest.raises(money.InvalidAmount, match="At most 0 decimals in VND"):
        money.parse_amount("1.5", "VND")


@pytest.mark.parametrize(
    ("amount", "code", "shown"),
    [
        (1_250_000, "VND", "1.250.000 ₫"),
        (-5, "VND", "-5 ₫"),
        (125_000, "USD", "1,250.00 USD"),
        (-125_005, "USD", "-1,250.05 USD"),
        (1_000, "JPY", "1,000 JPY"),
    ],
)
def test_display_is_for_people(amount, code, shown):
    assert money.display_amount(amount, code) == shown


@pytest.mark.parametrize("code", ["XXX", "usd", "₫"])
def test_currency_that_is_unknown_is_refused(code):
    with pytest.raises(KeyError):
        money.exponent(code)
