"""Vouchers on a checkout: what they take off a quote, and what they would take off a cart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from uuid import UUID

from accounts.models import User
from cart.selectors import cart_lines
from orders.checkout.pricing import Quote, ShopQuote, line_of, load_variants
from orders.selectors import has_no_order
from vouchers.allocation import (
    NOTHING,
    Applied,
    Basket,
    Line,
    Outcome,
    Part,
    apply_best,
    apply_named,
    refuse,
    worth_alone,
)
from vouchers.codes import normalise_code, unique_codes
from vouchers.constants import Reason, VoucherKind
from vouchers.errors import Refusal
from vouchers.models import Voucher
from vouchers.selectors import named_vouchers, terms_of, vouchers_on_offer
from vouchers.services.guesses import admit_codes
from vouchers.services.redemptions import Use

# A cart of which only the subtotal is known: no limit to categories or products can be judged.
_UNKNOWN: Final = UUID(int=0)


@dataclass(frozen=True)
class Offer:
    """One voucher beside a cart: what it takes off, or why nothing.

    `discount_amount` is None for free shipping, as the fee depends on the address.
    """

    voucher: Voucher
    discount_amount: int | None = 0
    refusal: Refusal | None = None


def discounted(
    quote: Quote,
    *,
    buyer: User,
    codes: Sequence[str],
    best: bool,
    is_first_order: Callable[[], bool],
) -> Quote:
    """Return the quote with what the vouchers of these codes take off.

    With `best`, the set that takes most off is chosen from them and from those on offer. Codes that
    take nothing off are in `vouchers.refused`, with the reason.
    """
    wanted = unique_codes(codes)
    named = named_vouchers(wanted, buyer=buyer) if wanted else {}
    vouchers = list(named.values())
    if best:
        shop_ids = [group.shop_id for group in quote.groups]
        vouchers += [row for row in vouchers_on_offer(shop_ids, buyer=buyer) if row not in vouchers]
    else:
        vouchers = [named[code] for code in wanted if code in named]
    ask = cache(is_first_order)
    terms = [terms_of(voucher, is_first_order=ask) for voucher in vouchers]
    baskets = [_basket(group) for group in quote.groups]
    outcome = apply_best(terms, baskets) if best else apply_named(terms, baskets)
    return _with_outcome(quote, _about_named(outcome, wanted, named))


def uses_of(outcome: Outcome, order_of: Mapping[UUID, UUID], quote: Quote) -> list[Use]:
    """Return what each voucher takes off each order; `order_of` are order ids by shop id."""
    uses = []
    for applied in outcome.applied:
        parts = {order_of[group.shop_id]: part_of(applied, group) for group in quote.groups}
        taken = {order_id: part for order_id, part in parts.items() if part.amount}
        uses.append(Use(applied.terms.id, applied.terms.code, taken))
    return uses


def part_of(applied: Applied, group: ShopQuote) -> Part:
    """Return what a voucher takes off one shop's part, goods and shipping together."""
    goods = sum((applied.lines.get(line.variant_id, NOTHING) for line in group.lines), NOTHING)
    return goods + applied.fees.get(group.shop_id, NOTHING)


def check_code(
    code: str, *, buyer: User, shop_id: UUID | None, subtotal_amount: int | None
) -> Offer | Refusal:
    """Tell what one code would take off the cart, or off so much of goods; a refusal if unknown.

    Raises: TooManyAttempts after too many wrong codes.
    """
    admit_codes([code], user=buyer)
    code = normalise_code(code)
    voucher = named_vouchers([code], buyer=buyer).get(code)
    if voucher is None:
        return Refusal(code, Reason.NOT_FOUND)
    if shop_id is None and subtotal_amount is not None:
        shop_id = voucher.shop_id
    return _offer(voucher, _baskets(buyer, shop_id, subtotal_amount), buyer)


def best_offers(*, buyer: User, shop_id: UUID | None, subtotal_amount: int | None) -> list[Offer]:
    """Return the public vouchers for the cart, or for so much of goods, the best ones first.

    They are the platform's, and those of `shop_id` or else of the shops in the cart. Those that do
    not apply yet come last, the nearest to it first.
    """
    baskets = _baskets(buyer, shop_id, subtotal_amount)
    shops = [basket.shop_id for basket in baskets] if shop_id is None else [shop_id]
    found = vouchers_on_offer([key for key in shops if key is not None], buyer=buyer)
    offers = [_offer(voucher, baskets, buyer) for voucher in found]
    return sorted(offers, key=_rank)


def _offer(voucher: Voucher, baskets: Sequence[Basket], buyer: User) -> Offer:
    terms = terms_of(voucher, is_first_order=cache(lambda: has_no_order(buyer)))
    if refusal := refuse(terms, baskets):
        return Offer(voucher, refusal=refusal)
    if terms.kind == VoucherKind.FREE_SHIPPING:
        return Offer(voucher, None)
    worth = worth_alone(terms, baskets)
    if worth == 0:
        return Offer(voucher, refusal=Refusal(voucher.code, Reason.NO_EFFECT))
    return Offer(voucher, worth)


def _rank(offer: Offer) -> tuple[bool, int, int]:
    """Sort by what is taken off, an unknown fee counting as the cap, then by what is missing."""
    worth = offer.discount_amount
    if worth is None:
        worth = offer.voucher.max_discount_amount or 0
    missing = offer.refusal.missing_amount if offer.refusal else 0
    return offer.refusal is not None, -worth, missing


def _baskets(buyer: User, shop_id: UUID | None, subtotal_amount: int | None) -> list[Basket]:
    if subtotal_amount is not None:
        return [Basket(shop_id, [Line(_UNKNOWN, subtotal_amount)])]
    quantities = dict(cart_lines(buyer))
    by_shop: dict[UUID, list[Line]] = {}
    for variant_id, row in load_variants(quantities).items():
        line = line_of(row, quantities[variant_id])
        if shop_id in {None, line.shop_id}:
            lines = by_shop.setdefault(line.shop_id, [])
            lines.append(
                Line(variant_id, line.line_total_amount, line.product_id, line.category_path)
            )
    return [Basket(key, lines) for key, lines in by_shop.items()]


def _basket(group: ShopQuote) -> Basket:
    lines = [
        Line(line.variant_id, line.line_total_amount, line.product_id, line.category_path)
        for line in group.lines
    ]
    return Basket(group.shop_id, lines, group.shipping_fee_amount)


def _about_named(outcome: Outcome, wanted: Sequence[str], named: Mapping[str, Voucher]) -> Outcome:
    """Keep the refusals of codes that were named, in that order, and add the unknown ones."""
    refusals = {normalise_code(row.code): row for row in outcome.refused}
    for code in wanted:
        if code not in named:
            refusals[code] = Refusal(code, Reason.NOT_FOUND)
    return Outcome(outcome.applied, [refusals[code] for code in wanted if code in refusals])


def _with_outcome(quote: Quote, outcome: Outcome) -> Quote:
    groups = [
        replace(
            group,
            lines=[
                replace(line, discount=outcome.line_part(line.variant_id)) for line in group.lines
            ],
            shipping_discount=outcome.fee_part(group.shop_id),
        )
        for group in quote.groups
    ]
    return Quote(groups, outcome)
