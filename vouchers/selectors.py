"""Vouchers as a cart meets them."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from accounts.models import User
from vouchers.allocation import Terms
from vouchers.codes import normalise_code
from vouchers.constants import MAX_CANDIDATES, Reason, VoucherKind
from vouchers.models import Redemption, Voucher


def named_vouchers(codes: Collection[str], *, buyer: User) -> dict[str, Voucher]:
    """Return the vouchers of these normalised codes by code, with what decides about a use."""
    found = Voucher.objects.usable().with_codes(codes).with_terms(buyer).select_related("shop")
    return {normalise_code(voucher.code): voucher for voucher in found}


def vouchers_on_offer(shop_ids: Iterable[UUID], *, buyer: User) -> list[Voucher]:
    """Return public vouchers of the platform and these shops, those that end first coming first.

    What the buyer has used up is not among them.
    """
    found = Voucher.objects.on_offer(shop_ids).with_terms(buyer).select_related("shop")
    rows = found.order_by("ends_at", "pk")[:MAX_CANDIDATES]
    return [row for row in rows if _state(row) is None]


def terms_of(voucher: Voucher, *, is_first_order: Callable[[], bool]) -> Terms:
    """Return what a voucher read `with_terms` promises to its buyer now.

    `is_first_order` is asked for vouchers that depend on it only.
    """
    blocked = _state(voucher)
    if blocked is None and voucher.is_first_order_only and not is_first_order():
        blocked = Reason.FIRST_ORDER_ONLY
    budget = voucher.budget_amount
    row: Any = voucher
    return Terms(
        id=voucher.pk,
        code=voucher.code,
        name=voucher.name,
        kind=VoucherKind(voucher.kind),
        value=voucher.value,
        shop_id=voucher.shop_id,
        max_discount_amount=voucher.max_discount_amount,
        min_spend_amount=voucher.min_spend_amount,
        platform_share_bps=voucher.platform_share_bps,
        category_paths=frozenset(row.category_paths),
        product_ids=frozenset(row.limited_to_products),
        budget_left_amount=None if budget is None else budget - voucher.spent_amount,
        blocked=blocked,
    )


def held_redemptions(user: User) -> list[dict[str, Any]]:
    """Return the user's redemptions for the export of all that is held about them."""
    names = ("voucher__code", "order_id", "amount", "status", "created_at")
    rows = Redemption.objects.filter(user=user).order_by("pk").values(*names)
    return [dict(row) for row in rows]


def _state(voucher: Voucher) -> Reason | None:
    """Tell why this buyer cannot use a voucher at all, now by the database's clock."""
    row: Any = voucher
    if voucher.starts_at > row.read_at:
        return Reason.NOT_STARTED
    if voucher.ends_at <= row.read_at:
        return Reason.EXPIRED
    if voucher.usage_limit is not None and voucher.used_count >= voucher.usage_limit:
        return Reason.EXHAUSTED
    if voucher.per_user_limit is not None and row.used_by_buyer >= voucher.per_user_limit:
        return Reason.LIMIT_REACHED
    return None
