"""What a shop is owed, and what each payout consists of, to the last unit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, Sum

from orders.models import Order
from orders.settlement.constants import (
    ACCOUNTS_OF_SHOPS,
    Account,
    CommissionKind,
    EntryKind,
    SourceType,
)
from orders.settlement.models import CommissionLine, LedgerEntry, Payout
from shops.models import Shop


@dataclass(frozen=True)
class Balance:
    """What the platform owes a shop; sums of the ledger, in smallest units."""

    pending_amount: int
    available_amount: int
    on_hold_amount: int
    in_transit_amount: int


def balance_of(shop: Shop) -> Balance:
    """Return a shop's balance; what is due is negative where refunds came after the payout."""
    entries = LedgerEntry.objects.filter(shop=shop, account__in=ACCOUNTS_OF_SHOPS)
    sums = dict(entries.values_list("account").annotate(Sum("amount")))
    return Balance(
        pending_amount=-sums.get(Account.SHOP_PENDING, 0),
        available_amount=-sums.get(Account.SHOP_AVAILABLE, 0),
        on_hold_amount=-sums.get(Account.SHOP_ON_HOLD, 0),
        in_transit_amount=-sums.get(Account.PAYOUTS_IN_TRANSIT, 0),
    )


@dataclass(frozen=True)
class Line:
    """What a shop gets, or gives back (negative), for an item or for shipping and tax (no item).

    `net_amount` is goods and shipping and tax less its own discounts and the commission. What the
    platform takes off the price is paid by it: the buyer pays less and the shop gets no less.
    """

    item_id: UUID | None
    title: str
    sku: str
    quantity: int
    goods_amount: int
    seller_discount_amount: int
    platform_discount_amount: int
    shipping_amount: int
    tax_amount: int
    commission_amount: int
    commission_rate_bps: int | None
    commission_rule: str

    @property
    def net_amount(self) -> int:
        return (
            self.goods_amount
            - self.seller_discount_amount
            + self.shipping_amount
            + self.tax_amount
            - self.commission_amount
        )


@dataclass(frozen=True)
class Step:
    """A transaction that is part of what is paid, and what it consists of."""

    kind: str
    at: datetime
    amount: int
    lines: Sequence[Line] = ()


@dataclass
class ExplainedOrder:
    """An order's part of a payout; the steps add up to it, and their lines to the steps."""

    order: Order
    steps: list[Step] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(step.amount for step in self.steps)


@dataclass(frozen=True)
class Explanation:
    payout: Payout
    orders: Sequence[ExplainedOrder]
    others: Sequence[Step]

    @property
    def amount(self) -> int:
        return sum(row.amount for row in self.orders) + sum(step.amount for step in self.others)


def explain_payout(payout: Payout) -> Explanation:
    """Return what a payout pays, order by order and line by line.

    A sale that became due is told as the sale and whatever was refunded until then.
    """
    paid = list(LedgerEntry.objects.filter(payout_line__payout=payout).order_by("created_at", "id"))
    by_order: dict[UUID, list[LedgerEntry]] = defaultdict(list)
    others = []
    for entry in paid:
        if entry.order_id is None:
            others.append(_step(entry))
        else:
            by_order[entry.order_id].append(entry)
    books = _Books(list(by_order))
    return Explanation(
        payout,
        [
            ExplainedOrder(books.orders[order_id], list(books.steps(entries)))
            for order_id, entries in by_order.items()
        ],
        others,
    )


def _step(entry: LedgerEntry, lines: Sequence[Line] = ()) -> Step:
    return Step(entry.kind, entry.created_at, -entry.amount, lines)


class _Books:
    """Everything that is known about some orders, in a fixed number of queries."""

    def __init__(self, order_ids: Sequence[UUID]) -> None:
        orders = Order.objects.filter(pk__in=order_ids)
        self.orders = {
            order.pk: order for order in orders.prefetch_related("items", "refunds__lines")
        }
        self.refunds = {
            refund.pk: refund for order in self.orders.values() for refund in order.refunds.all()
        }
        self.pending: dict[UUID | None, list[LedgerEntry]] = defaultdict(list)
        entries = LedgerEntry.objects.filter(
            Q(account=Account.SHOP_PENDING) | Q(account=Account.SHOP_ON_HOLD),
            order__in=order_ids,
        )
        for entry in entries.order_by("created_at", "id"):
            self.pending[entry.order_id].append(entry)
        self.sold: dict[UUID, CommissionLine] = {}
        self.given_back: dict[tuple[UUID, int, UUID], CommissionLine] = {}
        lines = CommissionLine.objects.filter(order_item__order__in=order_ids)
        for line in lines.exclude(kind=CommissionKind.RESTORED):
            if line.refund_id is None:
                self.sold[line.order_item_id] = line
            else:
                self.given_back[line.refund_id, line.sequence, line.order_item_id] = line

    def steps(self, entries: Iterable[LedgerEntry]) -> Iterator[Step]:
        for entry in entries:
            if entry.kind in {EntryKind.RELEASE, EntryKind.UNHOLD}:
                yield from self._before(entry)
            else:
                yield _step(entry, self._lines(entry))

    def _before(self, moved: LedgerEntry) -> Iterator[Step]:
        """Yield what an amount that was moved had come from, as far as it is known by steps."""
        came_from = [
            entry
            for entry in self.pending[moved.order_id]
            if entry.kind in {EntryKind.SALE, EntryKind.REFUND_CLAIM, EntryKind.REFUND_RESTORED}
            and entry.created_at <= moved.created_at
        ]
        if sum(entry.amount for entry in came_from) != moved.amount:
            yield _step(moved)
            return
        for entry in came_from:
            yield _step(entry, self._lines(entry))

    def _lines(self, entry: LedgerEntry) -> list[Line]:
        if entry.order_id is None:
            return []
        order = self.orders[entry.order_id]
        if entry.kind == EntryKind.SALE:
            return [*self._sold(order), _shipping(order)]
        if entry.source_type != SourceType.REFUND:
            return []
        sign = -1 if entry.kind == EntryKind.REFUND_CLAIM else 1
        return list(self._refunded(order, entry, sign))

    def _sold(self, order: Order) -> Iterator[Line]:
        for item in order.items.all():
            commission = self.sold.get(item.pk)
            yield Line(
                item.pk,
                item.title,
                item.sku,
                item.quantity,
                goods_amount=item.line_total_amount,
                seller_discount_amount=item.seller_discount_amount,
                platform_discount_amount=item.platform_discount_amount,
                shipping_amount=0,
                tax_amount=0,
                commission_amount=commission.amount if commission else 0,
                commission_rate_bps=commission.rate_bps if commission else None,
                commission_rule=commission.rule_name if commission else "",
            )

    def _refunded(self, order: Order, entry: LedgerEntry, sign: int) -> Iterator[Line]:
        items = {item.pk: item for item in order.items.all()}
        for part in self.refunds[entry.source_id].lines.all():
            item = items.get(part.order_item_id) if part.order_item_id else None
            commission = (
                self.given_back.get((entry.source_id, entry.sequence, item.pk)) if item else None
            )
            yield Line(
                part.order_item_id,
                item.title if item else "",
                item.sku if item else "",
                sign * part.quantity,
                goods_amount=sign * part.goods_amount,
                seller_discount_amount=sign * part.seller_discount_amount,
                platform_discount_amount=sign * part.platform_discount_amount,
                shipping_amount=sign * part.shipping_amount,
                tax_amount=sign * part.tax_amount,
                commission_amount=-sign * commission.amount if commission else 0,
                commission_rate_bps=commission.rate_bps if commission else None,
                commission_rule=commission.rule_name if commission else "",
            )


def _shipping(order: Order) -> Line:
    return Line(
        None,
        "",
        "",
        0,
        goods_amount=0,
        seller_discount_amount=order.seller_shipping_discount_amount,
        platform_discount_amount=order.platform_shipping_discount_amount,
        shipping_amount=order.shipping_fee_amount,
        tax_amount=order.tax_amount,
        commission_amount=0,
        commission_rate_bps=None,
        commission_rule="",
    )
