"""Refunds in the books: a claim on the shop's balance when asked for, money when it has gone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from orders.models import Order
from orders.settlement.amounts import Kept, Settled, given_back
from orders.settlement.constants import (
    ACCOUNT_OF_PLACE,
    SHOP_ACCOUNTS,
    Account,
    CommissionKind,
    EntryKind,
    Place,
    SourceType,
)
from orders.settlement.models import CommissionLine, LedgerEntry, OrderSettlement
from orders.settlement.services.ledger import Leg, Posting, post
from orders.settlement.services.sales import sale_legs


@dataclass(frozen=True)
class RefundPart:
    """A part of a refund: of an item, or of shipping and tax (no item)."""

    item_id: UUID | None
    base_amount: int
    subsidy_amount: int


def claim_refund(
    refund_id: UUID, order: Order, *, share_id: UUID, amount: int, parts: Sequence[RefundPart]
) -> None:
    """Take a refund out of what the shop, the platform's commission and its vouchers brought.

    Money that never sold the order (it came too late, or twice) is the buyer's already: nothing
    moves. The order is locked.
    """
    if not is_sold_by(share_id):
        return
    sequence = _claims(refund_id)
    commission = _give_back_commission(refund_id, sequence, parts)
    amounts = Settled(amount, sum(part.subsidy_amount for part in parts), commission)
    legs = sale_legs(amounts, order, ACCOUNT_OF_PLACE[place_of(order)])
    post(
        Posting(
            EntryKind.REFUND_CLAIM,
            SourceType.REFUND,
            refund_id,
            [Leg(leg.account, -leg.amount, leg.shop_id) for leg in legs],
            order_id=order.pk,
            sequence=sequence,
        )
    )


def restore_refund(refund_id: UUID, order: Order) -> None:
    """Give back what a refund took that is not made after all. The order is locked."""
    sequence = _claims(refund_id) - 1
    entries = list(
        LedgerEntry.objects.filter(
            source_type=SourceType.REFUND,
            source_id=refund_id,
            sequence=sequence,
            kind=EntryKind.REFUND_CLAIM,
        )
    )
    if not entries:  # money that never sold the order
        return
    current = ACCOUNT_OF_PLACE[place_of(order)]
    legs = [
        Leg(
            current if entry.account in SHOP_ACCOUNTS else Account(entry.account),
            -entry.amount,
            entry.shop_id,
        )
        for entry in entries
    ]
    post(
        Posting(
            EntryKind.REFUND_RESTORED,
            SourceType.REFUND,
            refund_id,
            legs,
            order_id=order.pk,
            sequence=sequence,
        )
    )
    lines = CommissionLine.objects.filter(
        refund_id=refund_id, kind=CommissionKind.REFUND, sequence=sequence
    )
    CommissionLine.objects.bulk_create(
        CommissionLine(
            order_item_id=line.order_item_id,
            kind=CommissionKind.RESTORED,
            refund_id=refund_id,
            sequence=sequence,
            rule_id=line.rule_id,
            rule_name=line.rule_name,
            rate_bps=line.rate_bps,
            base_amount=-line.base_amount,
            amount=-line.amount,
        )
        for line in lines
    )


def pay_refund(refund_id: UUID, order: Order, amount: int, *, provider: str = "") -> None:
    """Record that a refund's money has gone: from the provider, or without one from the bank."""
    source = Account.PAYMENT_CLEARING if provider else Account.BANK
    post(
        Posting(
            EntryKind.REFUND_PAID,
            SourceType.REFUND,
            refund_id,
            [Leg(Account.BUYER_FUNDS, amount), Leg(source, -amount, party=provider)],
            order_id=order.pk,
        )
    )


def place_of(order: Order) -> Place:
    """Return which of its accounts the shop's money for a locked order is in."""
    return Place(OrderSettlement.objects.values_list("place", flat=True).get(order=order))


def is_sold_by(share_id: UUID) -> bool:
    """Tell whether an order was sold by a share of a payment."""
    return LedgerEntry.objects.filter(
        source_type=SourceType.PAYMENT_SHARE, source_id=share_id, kind=EntryKind.SALE
    ).exists()


def _claims(refund_id: UUID) -> int:
    """Return how often a refund was claimed."""
    return LedgerEntry.objects.filter(
        source_type=SourceType.REFUND,
        source_id=refund_id,
        kind=EntryKind.REFUND_CLAIM,
        account=Account.BUYER_FUNDS,
    ).count()


def _give_back_commission(refund_id: UUID, sequence: int, parts: Sequence[RefundPart]) -> int:
    """Write the negative lines of a refund; returns how much of the commission goes back."""
    parts = [part for part in parts if part.item_id is not None]
    sold = {
        line.order_item_id: line
        for line in CommissionLine.objects.filter(
            order_item__in=[part.item_id for part in parts], kind=CommissionKind.SALE
        )
    }
    before = _given_back_so_far(list(sold))
    lines = []
    for part in parts:
        line = sold.get(part.item_id) if part.item_id else None
        if line is None:  # sold before commission was kept
            continue
        amount = given_back(
            Kept(line.base_amount, line.amount), before[line.order_item_id], part.base_amount
        )
        lines.append(
            CommissionLine(
                order_item_id=line.order_item_id,
                kind=CommissionKind.REFUND,
                refund_id=refund_id,
                sequence=sequence,
                rule_id=line.rule_id,
                rule_name=line.rule_name,
                rate_bps=line.rate_bps,
                base_amount=-part.base_amount,
                amount=-amount,
            )
        )
    CommissionLine.objects.bulk_create(lines)
    return -sum(line.amount for line in lines)


def _given_back_so_far(item_ids: list[UUID]) -> dict[UUID, Kept]:
    rows = (
        CommissionLine.objects.filter(order_item__in=item_ids)
        .exclude(kind=CommissionKind.SALE)
        .values_list("order_item")
        .annotate(Sum("base_amount"), Sum("amount"))
    )
    found: dict[UUID, Kept] = defaultdict(Kept)
    found.update({item_id: Kept(-base, -amount) for item_id, base, amount in rows})
    return found
