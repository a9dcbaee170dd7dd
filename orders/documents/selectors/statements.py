"""What a shop's monthly statement says: the ledger of the month, and nothing that is not in it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from orders.documents.months import Month
from orders.documents.selectors.shared import common, instant, seller
from orders.settlement.constants import (
    ACCOUNTS_OF_SHOPS,
    SHOP_ACCOUNTS,
    Account,
    EntryKind,
    SourceType,
)
from orders.settlement.models import LedgerEntry, Payout
from shops.models import Shop

_OF_ORDERS = (EntryKind.SALE, EntryKind.REFUND_CLAIM, EntryKind.REFUND_RESTORED)
_OF_PAYOUTS = (EntryKind.PAYOUT_PAID, EntryKind.PAYOUT_RETURNED)


def statement_facts(shop: Shop, month: Month) -> dict[str, Any]:
    """Return all that a statement shows; amounts in smallest units, what the shop loses negative.

    `opening + sales + refunds + commission + payouts + other` is `closing`: what the platform owes
    the shop, with payouts that the bank has not made yet.
    """
    before, then = _owed(shop, month.start), _owed(shop, month.end)
    lines = list(_lines(shop, month))
    payouts = list(_payouts(shop, month))
    carriers = _carriers_cash(shop, month.end)
    summary = {
        "opening_amount": sum(before.values()),
        "sales_amount": sum(row["amount"] for row in lines if row["kind"] == EntryKind.SALE),
        "refunds_amount": sum(row["amount"] for row in lines if row["kind"] != EntryKind.SALE),
        "commission_amount": sum(row["commission_amount"] for row in lines),
        "payouts_amount": sum(row["amount"] for row in payouts),
    }
    closing = sum(then.values())
    return {
        **common(),
        "seller": seller(shop),
        "month": f"{month.year}-{month.number:02d}",
        "summary": {
            **summary,
            # Nothing, as long as the ledger knows no other way of gaining or losing money.
            "other_amount": closing - sum(summary.values()),
            "closing_amount": closing,
            "pending_amount": then[Account.SHOP_PENDING],
            "available_amount": then[Account.SHOP_AVAILABLE],
            "on_hold_amount": then[Account.SHOP_ON_HOLD],
            "in_transit_amount": then[Account.PAYOUTS_IN_TRANSIT],
            "carrier_cash_amount": sum(row["amount"] for row in carriers),
        },
        "lines": lines,
        "payouts": payouts,
        "carriers": carriers,
    }


def shops_with_movements(month: Month) -> QuerySet[LedgerEntry, UUID]:
    """Return the ids of the shops whose balance moved in a month."""
    entries = _within(LedgerEntry.objects.filter(account__in=ACCOUNTS_OF_SHOPS), month)
    return entries.order_by("shop").values_list("shop_id", flat=True).distinct()


def _owed(shop: Shop, until: datetime) -> dict[str, int]:
    """Return what a shop was owed at a moment, by account."""
    entries = LedgerEntry.objects.filter(
        shop=shop, account__in=ACCOUNTS_OF_SHOPS, created_at__lt=until
    )
    sums = dict(entries.values_list("account").annotate(Sum("amount")))
    return {account: -sums.get(account, 0) for account in ACCOUNTS_OF_SHOPS}


@dataclass
class _Sold:
    """A transaction about an order: what was sold or given back, and the commission of it."""

    at: datetime
    kind: str
    order: str
    buyer_amount: int = 0
    subsidy_amount: int = 0
    commission_amount: int = 0

    def add(self, account: str, amount: int) -> None:
        if account == Account.BUYER_FUNDS:
            self.buyer_amount += amount
        elif account == Account.VOUCHER_SUBSIDY:
            self.subsidy_amount += amount
        elif account == Account.PLATFORM_REVENUE:
            self.commission_amount += amount

    def row(self) -> dict[str, Any]:
        amount = self.buyer_amount + self.subsidy_amount
        return {
            "at": instant(self.at),
            "order": self.order,
            "kind": self.kind,
            "buyer_amount": self.buyer_amount,
            "platform_discount_amount": self.subsidy_amount,
            "amount": amount,
            "commission_amount": self.commission_amount,
            "net_amount": amount + self.commission_amount,
        }


def _lines(shop: Shop, month: Month) -> Iterator[dict[str, Any]]:
    """Yield what orders brought and took, in the order of the books.

    The sides of a transaction add up to zero: what the buyer and the platform pay, less the
    commission, is what the shop's own side says.
    """
    own = LedgerEntry.objects.filter(shop=shop, account__in=SHOP_ACCOUNTS, kind__in=_OF_ORDERS)
    sides = LedgerEntry.objects.filter(
        transaction_id__in=_within(own, month).values("transaction_id")
    ).order_by("created_at", "transaction_id")
    found: dict[UUID, _Sold] = {}
    for transaction_id, at, kind, order, account, amount in sides.values_list(
        "transaction_id", "created_at", "kind", "order__number", "account", "amount"
    ):
        sold = found.setdefault(transaction_id, _Sold(at, kind, order))
        sold.add(account, amount)
    for sold in found.values():
        yield sold.row()


def _payouts(shop: Shop, month: Month) -> Iterator[dict[str, Any]]:
    """Yield what the bank sent to the shop, and what came back."""
    entries = LedgerEntry.objects.filter(
        shop=shop,
        account__in=ACCOUNTS_OF_SHOPS,
        kind__in=_OF_PAYOUTS,
        source_type=SourceType.PAYOUT,
    )
    moved: dict[tuple[datetime, UUID, str], int] = defaultdict(int)
    for at, payout_id, kind, amount in (
        _within(entries, month)
        .order_by("created_at", "id")
        .values_list("created_at", "source_id", "kind", "amount")
    ):
        moved[at, payout_id, kind] -= amount
    payouts = Payout.objects.in_bulk({payout_id for _, payout_id, _ in moved})
    for (at, payout_id, kind), amount in moved.items():
        if amount:  # a payout that never left the platform moved nothing
            yield {
                "at": instant(at),
                "kind": kind,
                "amount": amount,
                "reference": payouts[payout_id].bank_reference,
                "bank_account": payouts[payout_id].masked_bank_account,
            }


def _carriers_cash(shop: Shop, until: datetime) -> list[dict[str, Any]]:
    """Return what carriers had taken in for the shop's orders and not handed over at a moment."""
    owed = (
        LedgerEntry.objects.filter(
            account=Account.CARRIER_CASH, order__shop=shop, created_at__lt=until
        )
        .values("party")
        .annotate(amount=Sum("amount"))
        .filter(amount__gt=0)
        .order_by("party")
    )
    return [{"carrier": row["party"], "amount": row["amount"]} for row in owed]


def _within(entries: QuerySet[LedgerEntry], month: Month) -> QuerySet[LedgerEntry]:
    return entries.filter(Q(created_at__gte=month.start) & Q(created_at__lt=month.end))
