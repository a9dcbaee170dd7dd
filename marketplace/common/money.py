"""Money: integers in the currency's smallest unit, and the only places that round or split them.

An amount of 199000 is 199,000 ₫ in VND (no decimals) and 1,990.00 in USD (two). Rates are basis
points: 500 is 5 %.
"""

import re
from collections.abc import Sequence
from typing import Final

from django.conf import settings

# ISO 4217 minor units; a currency that is not listed is refused at start-up.
EXPONENTS: Final = {
    "AUD": 2,
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "IDR": 2,
    "JPY": 0,
    "KHR": 2,
    "KRW": 0,
    "LAK": 2,
    "MYR": 2,
    "PHP": 2,
    "SGD": 2,
    "THB": 2,
    "USD": 2,
    "VND": 0,
}
# A trillion smallest units: far above any real order, and sums of it still fit a bigint.
MAX_AMOUNT: Final = 10**12
BASIS_POINTS: Final = 10_000

_DECIMAL = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


class InvalidAmount(ValueError):
    """A text that is no amount of the currency; the message says what would be right."""


def currency() -> str:
    """Return the deployment's one currency code."""
    return str(settings.MARKETPLACE_CURRENCY)


def exponent(code: str | None = None) -> int:
    """Return how many decimals the currency has."""
    return int(EXPONENTS[code or currency()])


def parse_amount(text: str | int, code: str | None = None) -> int:
    """Read a decimal text such as "19.99" into smallest units, exactly.

    Raises: InvalidAmount for anything but plain decimal digits, for more decimals than the currency
    has, and beyond MAX_AMOUNT.
    """
    digits = exponent(code)
    match = _DECIMAL.fullmatch(str(text))
    if match is None:
        raise InvalidAmount('Enter an amount as decimal digits, such as "199000".')
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction.rstrip("0")) > digits:
        raise InvalidAmount(f"At most {digits} decimals in {code or currency()}.")
    amount = int(whole) * int(10**digits) + int((fraction[:digits]).ljust(digits, "0") or "0")
    if amount > MAX_AMOUNT:
        raise InvalidAmount(f"At most {format_amount(MAX_AMOUNT, code)}.")
    return -amount if sign else amount


def format_amount(amount: int, code: str | None = None) -> str:
    """Write smallest units as the API's decimal string with exactly the currency's digits."""
    digits = exponent(code)
    if digits == 0:
        return str(amount)
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{fraction:0{digits}d}"


def display_amount(amount: int, code: str | None = None) -> str:
    """Write an amount for people: `1.250.000 ₫`, `1,250.00 USD`."""
    code = code or currency()
    plain = format_amount(abs(amount), code)
    whole, _, fraction = plain.partition(".")
    grouped = f"{int(whole):,}"
    sign = "-" if amount < 0 else ""
    if code == "VND":
        return f"{sign}{grouped.replace(',', '.')} ₫"
    return f"{sign}{grouped}{'.' + fraction if fraction else ''} {code}"


def share_of(amount: int, rate_bps: int) -> int:
    """Return `rate_bps` basis points of an amount, half rounded away from zero."""
    product = abs(amount) * rate_bps
    share = (product * 2 + BASIS_POINTS) // (2 * BASIS_POINTS)
    return share if amount >= 0 else -share


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to the weights, by largest remainder.

    The parts add up to `amount` exactly; ties go to the earlier weight, so that the same input
    always gives the same split; a part never exceeds its weight when `amount <= sum(weights)`.

    Raises: ValueError for a negative amount or weight, or an amount with nothing to put it on.
    """
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("Amounts and weights must not be negative.")
    total = sum(weights)
    if total == 0:
        if amount:
            raise ValueError("An amount needs at least one positive weight.")
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts
