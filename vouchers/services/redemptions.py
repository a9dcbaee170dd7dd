"""Using vouchers and giving them back. The order of locks is: vouchers by pk, then buyers' usages.

A use is taken by one conditional UPDATE whose row count is checked; the CHECK constraints of
`Voucher` stand behind it. Per buyer it is counted on a row of its own, which exists once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import User
from marketplace.common.ids import uuid7
from vouchers.allocation import Part
from vouchers.constants import Reason, RedemptionStatus
from vouchers.errors import Refusal, refused
from vouchers.models import Redemption, Voucher


@dataclass(frozen=True)
class Use:
    """What a voucher takes off the orders of one checkout."""

    voucher_id: UUID
    code: str
    parts: Mapping[UUID, Part]
    # Another order of the checkout is counted for it: only what it takes off is added.
    is_counted: bool = False

    @property
    def amount(self) -> int:
        return sum(part.amount for part in self.parts.values())


class _Ended(NamedTuple):
    """A redemption that does not count any more."""

    voucher_id: UUID
    user_id: UUID
    checkout_id: UUID
    amount: int


@transaction.atomic(savepoint=False)
def redeem(uses: Sequence[Use], *, buyer: User, checkout_id: UUID) -> None:
    """Use vouchers for the orders of a checkout: all of them, or none.

    A refusal undoes the caller's whole transaction; who wants to go on wraps it in `atomic()`.
    Locks: the vouchers by pk, then the buyer's usages of them.
    Raises: VoucherExhausted; VoucherLimitReached; VoucherInvalid for one that has just ended.
    """
    if not uses:
        return
    _count_uses(uses, buyer)
    Redemption.objects.bulk_create(
        Redemption(
            voucher_id=use.voucher_id,
            user=buyer,
            checkout_id=checkout_id,
            order_id=order_id,
            amount=part.amount,
            platform_amount=part.platform_amount,
        )
        for use in uses
        for order_id, part in use.parts.items()
    )


@transaction.atomic(savepoint=False)
def redeem_again(
    order_ids: Collection[UUID], *, buyer: User, is_first_order: Callable[[], bool]
) -> None:
    """Use once more what was given back with orders that come back to life: all, or none.

    `is_first_order` is asked for vouchers that depend on it only. As `redeem`, which says what it
    locks and raises; VoucherInvalid also where the buyer has ordered meanwhile.
    """
    released = Redemption.objects.filter(order_id__in=list(order_ids)).exclude(
        status=RedemptionStatus.APPLIED
    )
    rows = list(released.select_related("voucher").order_by("pk"))
    parts: dict[Voucher, dict[UUID, Part]] = {}
    for row in rows:
        of_voucher = parts.setdefault(row.voucher, {})
        of_voucher[row.order_id] = Part(row.amount, row.platform_amount)
    first_only = [row for row in parts if row.is_first_order_only]
    if first_only and not is_first_order():
        raise refused([Refusal(row.code, Reason.FIRST_ORDER_ONLY) for row in first_only])
    if rows:
        Voucher.objects.lock_all(voucher.pk for voucher in parts)
        counted = set(
            Redemption.objects.filter(checkout_id__in={row.checkout_id for row in rows})
            .applied()
            .values_list("voucher_id", flat=True)
        )
        uses = [Use(row.pk, row.code, taken, row.pk in counted) for row, taken in parts.items()]
        _count_uses(uses, buyer)
        Redemption.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=RedemptionStatus.APPLIED, released_at=None, updated_at=Now()
        )


@transaction.atomic
def release_vouchers(order_ids: Collection[UUID]) -> int:
    """Give back what vouchers took off these orders; returns the number of redemptions.

    The money goes back to the voucher's budget at once, the use itself with the last order of its
    checkout. Idempotent: a redemption is released once. Several orders are one call, so that
    vouchers are locked in order. Locks: the vouchers by pk, then usages.
    """
    redemptions = Redemption.objects.filter(order_id__in=list(order_ids)).applied()
    Voucher.objects.lock_all(redemptions.values_list("voucher_id", flat=True))
    ended = _end(order_ids)
    if ended:
        _give_back(ended)
    return len(ended)


def _count_uses(uses: Sequence[Use], buyer: User) -> None:
    """Count one use of each voucher, of all and of this buyer's, where the limits allow it."""
    limits = _take(uses)
    if lost := [use for use in uses if use.voucher_id not in limits]:
        raise refused([_why(use) for use in lost])
    new = [use for use in uses if not use.is_counted]
    counts = _count(buyer, [use.voucher_id for use in new])
    over = [
        Refusal(use.code, Reason.LIMIT_REACHED)
        for use in new
        if (limit := limits[use.voucher_id]) is not None and counts[use.voucher_id] > limit
    ]
    if over:
        raise refused(over)


def _take(uses: Sequence[Use]) -> dict[UUID, int | None]:
    """Count one use where the limits allow it; returns the limits per buyer, by voucher id."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH wanted AS (
                SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::int[]) AS row (id, amount, uses)
            ), locked AS MATERIALIZED (
                SELECT voucher.id, wanted.amount, wanted.uses
                FROM vouchers_voucher voucher JOIN wanted USING (id)
                ORDER BY voucher.id
                FOR NO KEY UPDATE OF voucher
            )
            UPDATE vouchers_voucher voucher
            SET used_count = voucher.used_count + locked.uses,
                spent_amount = voucher.spent_amount + locked.amount
            FROM locked
            WHERE voucher.id = locked.id
                AND voucher.is_active AND voucher.archived_at IS NULL
                AND voucher.starts_at <= now() AND voucher.ends_at > now()
                AND (
                    voucher.usage_limit IS NULL
                    OR voucher.used_count + locked.uses <= voucher.usage_limit
                )
                AND (
                    voucher.budget_amount IS NULL
                    OR voucher.spent_amount + locked.amount <= voucher.budget_amount
                )
            RETURNING voucher.id, voucher.per_user_limit
            """,
            [
                [use.voucher_id for use in uses],
                [use.amount for use in uses],
                [0 if use.is_counted else 1 for use in uses],
            ],
        )
        return dict(cursor.fetchall())


def _why(use: Use) -> Refusal:
    """Tell why a use could not be taken, from the row as it is now."""
    voucher = Voucher.objects.get(pk=use.voucher_id)
    used_up = voucher.usage_limit is not None and voucher.used_count >= voucher.usage_limit
    spent = voucher.budget_amount is not None and (
        voucher.spent_amount + use.amount > voucher.budget_amount
    )
    return Refusal(use.code, Reason.EXHAUSTED if used_up or spent else Reason.EXPIRED)


def _count(buyer: User, voucher_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Count one use of each voucher by this buyer; returns the counts with it, by voucher id."""
    ordered = sorted(voucher_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO vouchers_buyerusage AS usage
                (id, voucher_id, user_id, used_count, created_at, updated_at)
            SELECT id, voucher_id, %s, 1, now(), now()
            FROM unnest(%s::uuid[], %s::uuid[]) AS row (id, voucher_id)
            ON CONFLICT (voucher_id, user_id)
                DO UPDATE SET used_count = usage.used_count + 1, updated_at = now()
            RETURNING voucher_id, used_count
            """,
            [buyer.pk, [uuid7() for _ in ordered], ordered],
        )
        return dict(cursor.fetchall())


def _end(order_ids: Collection[UUID]) -> list[_Ended]:
    """Release the redemptions that still count, and return them; their vouchers are locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE vouchers_redemption
            SET status = 'released', released_at = now(), updated_at = now()
            WHERE order_id = ANY(%s) AND status = 'applied'
            RETURNING voucher_id, user_id, checkout_id, amount
            """,
            [list(order_ids)],
        )
        return [_Ended(*row) for row in cursor.fetchall()]


def _give_back(ended: Sequence[_Ended]) -> None:
    """Take ended redemptions off the counters; a checkout's use counts until its last order."""
    checkouts = {row.checkout_id for row in ended}
    still = set(
        Redemption.objects.filter(checkout_id__in=checkouts)
        .applied()
        .values_list("voucher_id", "checkout_id")
    )
    over = {
        (row.voucher_id, row.checkout_id): row.user_id
        for row in ended
        if (row.voucher_id, row.checkout_id) not in still
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE vouchers_voucher voucher
            SET used_count = voucher.used_count - back.uses,
                spent_amount = voucher.spent_amount - back.amount
            FROM (
                SELECT voucher_id, sum(uses) AS uses, sum(amount) AS amount
                FROM unnest(%s::uuid[], %s::int[], %s::bigint[]) AS row (voucher_id, uses, amount)
                GROUP BY voucher_id
            ) back
            WHERE voucher.id = back.voucher_id
            """,
            [
                [row.voucher_id for row in ended] + [voucher_id for voucher_id, _ in over],
                [0] * len(ended) + [1] * len(over),
                [row.amount for row in ended] + [0] * len(over),
            ],
        )
        cursor.execute(
            """
            UPDATE vouchers_buyerusage usage
            SET used_count = usage.used_count - back.uses, updated_at = now()
            FROM (
                SELECT voucher_id, user_id, count(*) AS uses
                FROM unnest(%s::uuid[], %s::uuid[]) AS row (voucher_id, user_id)
                GROUP BY voucher_id, user_id
            ) back
            WHERE usage.voucher_id = back.voucher_id AND usage.user_id = back.user_id
            """,
            [[voucher_id for voucher_id, _ in over], list(over.values())],
        )
