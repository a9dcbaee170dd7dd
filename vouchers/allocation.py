"""Which voucher takes how much off what: pure arithmetic, without the database.

Shop vouchers come first, the platform's takes from what they left, the shipping voucher takes from
shipping fees alone. A discount is split over its lines by largest remainder, and the platform's
part of it over the same lines, so that all parts add up to the last unit and no line goes below
zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from marketplace.common.money import allocate, share_of
from vouchers.constants import Reason, VoucherKind
from vouchers.errors import Refusal

# Beyond so many undominated sums of shop vouchers, which takes dozens of shops whose vouchers all
# compete with one that is limited to some goods, the best of them are kept.
MAX_FRONT: Final = 2_000

Slot = tuple[str, UUID | None]


@dataclass(frozen=True)
class Line:
    """What a voucher looks at in one line; without a product it fits every limit."""

    key: UUID
    amount: int
    product_id: UUID | None = None
    category_path: str = ""


@dataclass(frozen=True)
class Basket:
    """The lines of one shop and the fee of sending them."""

    shop_id: UUID | None
    lines: Sequence[Line]
    shipping_fee_amount: int = 0


@dataclass(frozen=True)
class Terms:
    """What a voucher promises; `blocked` is why this buyer cannot use it at all, now."""

    id: UUID
    code: str
    kind: VoucherKind
    value: int = 0
    name: str = ""
    shop_id: UUID | None = None
    max_discount_amount: int | None = None
    min_spend_amount: int = 0
    platform_share_bps: int = 0
    category_paths: frozenset[str] = frozenset()
    product_ids: frozenset[UUID] = frozenset()
    budget_left_amount: int | None = None
    blocked: Reason | None = None

    @property
    def slot(self) -> Slot:
        """What it competes for: one voucher fits into each."""
        if self.kind == VoucherKind.FREE_SHIPPING:
            return ("shipping", None)
        return ("platform", None) if self.shop_id is None else ("shop", self.shop_id)

    def covers(self, line: Line) -> bool:
        """Tell whether it is for these goods, whosever they are."""
        if not (self.category_paths or self.product_ids) or line.product_id is None:
            return True
        return line.product_id in self.product_ids or any(
            line.category_path.startswith(path) for path in self.category_paths
        )

    def worth(self, base: int) -> int:
        """Return what it takes off `base`: more for more, and never more than the difference."""
        if self.kind == VoucherKind.PERCENTAGE:
            worth = share_of(base, self.value)
        else:
            worth = base if self.kind == VoucherKind.FREE_SHIPPING else min(self.value, base)
        limit = self.max_discount_amount
        return worth if limit is None else min(worth, limit)


@dataclass(frozen=True)
class Part:
    """A share of a discount, and how much of it the platform pays."""

    amount: int = 0
    platform_amount: int = 0

    @property
    def seller_amount(self) -> int:
        return self.amount - self.platform_amount

    def __add__(self, other: "Part") -> "Part":
        return Part(self.amount + other.amount, self.platform_amount + other.platform_amount)


NOTHING: Final = Part()


@dataclass(frozen=True)
class Applied:
    """What one voucher takes off: goods by the key of their line, fees by shop."""

    terms: Terms
    whole: Part
    lines: Mapping[UUID, Part] = field(default_factory=dict)
    fees: Mapping[UUID | None, Part] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a set of vouchers does to a cart."""

    applied: Sequence[Applied] = ()
    refused: Sequence[Refusal] = ()

    def line_part(self, key: UUID) -> Part:
        return sum((row.lines.get(key, NOTHING) for row in self.applied), NOTHING)

    def fee_part(self, shop_id: UUID) -> Part:
        return sum((row.fees.get(shop_id, NOTHING) for row in self.applied), NOTHING)

    @property
    def discount_amount(self) -> int:
        return sum(row.whole.amount for row in self.applied)


UNTOUCHED: Final = Outcome()


def apply_named(vouchers: Iterable[Terms], baskets: Sequence[Basket]) -> Outcome:
    """Apply vouchers as they were named: of those that compete for a slot, the first one."""
    taken: dict[Slot, Terms] = {}
    refusals = []
    for terms in vouchers:
        refusal = refuse(terms, baskets)
        if refusal is None and taken.setdefault(terms.slot, terms) is not terms:
            refusal = Refusal(terms.code, Reason.SLOT_TAKEN)
        if refusal is not None:
            refusals.append(refusal)
    return _apply(taken.values(), baskets, refusals)


def apply_best(vouchers: Sequence[Terms], baskets: Sequence[Basket]) -> Outcome:
    """Apply the set of vouchers that takes most off; of equal ones, the one with fewer vouchers."""
    refusals = {terms.id: refusal for terms in vouchers if (refusal := refuse(terms, baskets))}
    usable = [terms for terms in vouchers if terms.id not in refusals]
    chosen = _best_of(usable, baskets)
    left_out = [
        refusals.get(terms.id) or Refusal(terms.code, Reason.BETTER_FOUND)
        for terms in vouchers
        if terms not in chosen
    ]
    return _apply(chosen, baskets, left_out)


def refuse(terms: Terms, baskets: Sequence[Basket]) -> Refusal | None:
    """Tell why a voucher cannot be used for this cart, whatever others are used beside it.

    Its least spend is compared with the prices of the goods it covers, before any discount. Its
    budget must hold what it would take off alone.
    """
    if terms.blocked is not None:
        return Refusal(terms.code, terms.blocked)
    covered = [line for basket in baskets for line in _covered(terms, basket)]
    if not covered:
        return Refusal(terms.code, Reason.NO_MATCHING_ITEMS)
    spend = sum(line.amount for line in covered)
    if spend < terms.min_spend_amount:
        return Refusal(terms.code, Reason.MIN_SPEND, terms.min_spend_amount - spend)
    budget = terms.budget_left_amount
    if budget is not None and worth_alone(terms, baskets) > budget:
        return Refusal(terms.code, Reason.EXHAUSTED)
    return None


def worth_alone(terms: Terms, baskets: Sequence[Basket]) -> int:
    """Return what a voucher takes off where no other one is used."""
    if terms.kind == VoucherKind.FREE_SHIPPING:
        return terms.worth(sum(_fees(terms, baskets).values()))
    lines = (line for basket in baskets for line in _covered(terms, basket))
    return terms.worth(sum(line.amount for line in lines))


def _covered(terms: Terms, basket: Basket) -> list[Line]:
    if terms.shop_id not in {None, basket.shop_id}:
        return []
    return [line for line in basket.lines if terms.covers(line)]


def _fees(terms: Terms, baskets: Sequence[Basket]) -> dict[UUID | None, int]:
    """Return the fees of the parcels with goods that the voucher covers."""
    return {
        basket.shop_id: basket.shipping_fee_amount for basket in baskets if _covered(terms, basket)
    }


def _apply(
    chosen: Iterable[Terms], baskets: Sequence[Basket], refusals: Sequence[Refusal]
) -> Outcome:
    left = {line.key: line.amount for basket in baskets for line in basket.lines}
    order = {"shop": 0, "platform": 1, "shipping": 2}
    applied, refused = [], list(refusals)
    for terms in sorted(chosen, key=lambda row: order[row.slot[0]]):
        taken = _take(terms, baskets, left)
        if taken.whole.amount == 0:
            refused.append(Refusal(terms.code, Reason.NO_EFFECT))
            continue
        applied.append(taken)
        for key, part in taken.lines.items():
            left[key] -= part.amount
    return Outcome(applied, refused)


def _take(terms: Terms, baskets: Sequence[Basket], left: Mapping[UUID, int]) -> Applied:
    """Return what a voucher takes off what is left of the lines, or off the fees."""
    if terms.kind == VoucherKind.FREE_SHIPPING:
        fees = _fees(terms, baskets)
        whole, parts = _split(terms, list(fees.values()))
        return Applied(terms, whole, fees=dict(zip(fees, parts, strict=True)))
    keys = [line.key for basket in baskets for line in _covered(terms, basket)]
    whole, parts = _split(terms, [left[key] for key in keys])
    return Applied(terms, whole, lines=dict(zip(keys, parts, strict=True)))


def _split(terms: Terms, bases: Sequence[int]) -> tuple[Part, list[Part]]:
    amount = terms.worth(sum(bases))
    amounts = allocate(amount, bases)
    platform_amount = share_of(amount, terms.platform_share_bps)
    shares = allocate(platform_amount, amounts)
    parts = [Part(*pair) for pair in zip(amounts, shares, strict=True)]
    return Part(amount, platform_amount), parts


# --- the best set ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Choice:
    """Shop vouchers chosen so far: what they take off, and what they leave of some goods."""

    discount: int = 0
    left: int = 0
    vouchers: tuple[Terms, ...] = ()


@dataclass(frozen=True)
class _Option:
    """One voucher of a shop, or none: what it takes off, and what it leaves of each line."""

    vouchers: tuple[Terms, ...]
    discount: int
    left: Mapping[UUID, int]


def _best_of(usable: Sequence[Terms], baskets: Sequence[Basket]) -> list[Terms]:
    """Return the set with the largest discount.

    Shipping is on its own. Of goods, each platform voucher (and none) is tried with the best
    choice of shop vouchers for it.
    """
    by_slot: dict[Slot, list[Terms]] = defaultdict(list)
    for terms in usable:
        by_slot[terms.slot].append(terms)
    shipping = by_slot.pop(("shipping", None), [])
    platform = by_slot.pop(("platform", None), [])
    options = [_options(basket, by_slot.get(("shop", basket.shop_id), [])) for basket in baskets]
    best_amount, best = -1, _Choice()
    for candidate in (None, *platform):
        for choice in _front(candidate, baskets, options):
            amount = choice.discount + (candidate.worth(choice.left) if candidate else 0)
            if amount > best_amount:
                vouchers = (*choice.vouchers, candidate) if candidate else choice.vouchers
                best_amount, best = amount, _Choice(amount, 0, vouchers)
    fee_worth = [(worth_alone(terms, baskets), terms) for terms in shipping]
    worth, free_shipping = max(fee_worth, key=lambda pair: pair[0], default=(0, None))
    return [*best.vouchers, *([free_shipping] if free_shipping and worth else [])]


def _options(basket: Basket, vouchers: Sequence[Terms]) -> list[_Option]:
    untouched = {line.key: line.amount for line in basket.lines}
    options = [_Option((), 0, untouched)]
    for terms in vouchers:
        taken = _take(terms, [basket], untouched)
        left = {**untouched}
        for key, part in taken.lines.items():
            left[key] -= part.amount
        options.append(_Option((terms,), taken.whole.amount, left))
    return options


def _front(
    candidate: Terms | None, baskets: Sequence[Basket], options: Sequence[Sequence[_Option]]
) -> list[_Choice]:
    """Return the choices of shop vouchers of which one is best beside this platform voucher."""
    front = [_Choice()]
    for basket, of_shop in zip(baskets, options, strict=True):
        keys = [line.key for line in _covered(candidate, basket)] if candidate else []
        steps = [
            _Choice(row.discount, sum(row.left[key] for key in keys), row.vouchers)
            for row in of_shop
        ]
        front = _undominated(
            [
                _Choice(
                    so_far.discount + step.discount,
                    so_far.left + step.left,
                    so_far.vouchers + step.vouchers,
                )
                for so_far in front
                for step in _undominated(steps)
            ]
        )
        if len(front) > MAX_FRONT and candidate is not None:
            worth = candidate.worth
            front.sort(key=lambda row: row.discount + worth(row.left), reverse=True)
            del front[MAX_FRONT:]
    return front


def _undominated(choices: list[_Choice]) -> list[_Choice]:
    """Drop the choices that another one is at least as good as, whatever is added to both.

    One that takes off more wins over one that leaves more to the platform's voucher as long as
    the difference of what they leave is no larger: a voucher takes at most 1 off 1 more.
    """
    choices.sort(key=lambda row: (-row.discount, -row.left, len(row.vouchers)))
    kept: list[_Choice] = []
    most = -1
    for row in choices:
        if row.discount + row.left > most:
            kept.append(row)
            most = row.discount + row.left
    return kept
