"""What a sale, its commission and its refunds come to; no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from marketplace.common import money


@dataclass(frozen=True)
class SoldLine:
    """A line of an order as commission rules look at it; the path is its category's."""

    item_id: UUID
    shop_id: UUID
    shop_rate_bps: int | None
    category_path: str
    unit_price_amount: int
    quantity: int
    line_total_amount: int
    seller_discount_amount: int = 0

    @property
    def base_amount(self) -> int:
        """What commission is taken of: not of what the shop itself takes off the price."""
        return self.line_total_amount - self.seller_discount_amount


@dataclass(frozen=True)
class Rule:
    """A commission rule, with its category as a path; floor and cap are for each unit."""

    id: UUID
    name: str
    rate_bps: int
    shop_id: UUID | None = None
    category_path: str | None = None
    min_price_amount: int | None = None
    below_price_amount: int | None = None
    floor_amount: int | None = None
    cap_amount: int | None = None

    def fits(self, line: SoldLine) -> bool:
        """Tell whether the rule is for a line; what it leaves open fits all."""
        return (
            self.shop_id in {None, line.shop_id}
            and (self.category_path is None or line.category_path.startswith(self.category_path))
            and (self.min_price_amount or 0) <= line.unit_price_amount
            and (
                self.below_price_amount is None or line.unit_price_amount < self.below_price_amount
            )
        )


@dataclass(frozen=True)
class Commission:
    """What the platform keeps of a line, and why."""

    base_amount: int
    rate_bps: int
    amount: int
    rule: Rule | None = None


def commission_of(line: SoldLine, rules: Iterable[Rule], platform_rate_bps: int) -> Commission:
    """Return a line's commission by the first rule that fits, else by its shop's or own rate.

    Never more than the line brings in.
    """
    base = line.base_amount
    rule = next((rule for rule in rules if rule.fits(line)), None)
    if rule is None:
        rate = platform_rate_bps if line.shop_rate_bps is None else line.shop_rate_bps
        return Commission(base, rate, money.share_of(base, rate))
    amount = money.share_of(base, rule.rate_bps)
    if rule.floor_amount is not None:
        amount = max(amount, rule.floor_amount * line.quantity)
    if rule.cap_amount is not None:
        amount = min(amount, rule.cap_amount * line.quantity)
    return Commission(base, rule.rate_bps, min(amount, base), rule)


@dataclass(frozen=True)
class Kept:
    """A line's commission and what it was taken of: as sold, or as given back so far."""

    base_amount: int = 0
    amount: int = 0


def given_back(sold: Kept, before: Kept, base: int) -> int:
    """Return the commission that goes back with `base` of a line, in the ratio it was taken.

    On the running total, rounded down, so that with the last of the base all of it has gone back.
    """
    reached = before.base_amount + base
    if reached >= sold.base_amount:
        return sold.amount - before.amount
    return max(sold.amount * reached // sold.base_amount - before.amount, 0)


@dataclass(frozen=True)
class Settled:
    """What buyer, platform and shop have in a sale, or in a part of one that goes back."""

    buyer_amount: int
    subsidy_amount: int
    commission_amount: int

    @property
    def shop_amount(self) -> int:
        return self.buyer_amount + self.subsidy_amount - self.commission_amount
