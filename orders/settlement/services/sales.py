"""Money that arrives, and the orders it is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from orders.models import Order
from orders.settlement.amounts import Settled
from orders.settlement.constants import (
    Account,
    CommissionKind,
    EntryKind,
    SourceType,
)
from orders.settlement.models import CommissionLine, OrderSettlement
from orders.settlement.services.ledger import Leg, Posting, post


@dataclass(frozen=True)
class Received:
    """An order's share of a payment whose money is there."""

    share_id: UUID
    order: Order
    amount: int


def post_captures(received: Sequence[Received], *, provider: str) -> None:
    """Record money that a payment provider took in; it is the buyer's until an order is sold."""
    _post_received(received, Account.PAYMENT_CLEARING, provider)


def post_cash(received: Received, *, carrier: str) -> None:
    """Record cash that a carrier took in: its debt until it hands it over."""
    _post_received([received], Account.CARRIER_CASH, carrier)


def post_sales(received: Sequence[Received]) -> None:
    """Share out what buyers paid for orders: to the shops, and the platform's commission.

    The platform pays the shop what it took off the prices itself. The orders are locked.
    """
    if not received:
        return
    order_ids = [part.order.pk for part in received]
    commissions = dict(
        CommissionLine.objects.filter(order_item__order__in=order_ids, kind=CommissionKind.SALE)
        .values_list("order_item__order")
        .annotate(Sum("amount"))
    )
    post(
        *(
            Posting(
                EntryKind.SALE,
                SourceType.PAYMENT_SHARE,
                part.share_id,
                sale_legs(settled(part.order, commissions.get(part.order.pk, 0)), part.order),
                order_id=part.order.pk,
            )
            for part in received
        )
    )
    OrderSettlement.objects.bulk_create(OrderSettlement(order=part.order) for part in received)


def settled(order: Order, commission_amount: int) -> Settled:
    """Return what buyer, platform and shop have in an order."""
    return Settled(
        buyer_amount=order.total_amount,
        subsidy_amount=order.platform_discount_amount + order.platform_shipping_discount_amount,
        commission_amount=commission_amount,
    )


def sale_legs(
    amounts: Settled, order: Order, shop_account: Account = Account.SHOP_PENDING
) -> list[Leg]:
    """Return the sides of a sale; of a refund with their signs turned around."""
    return [
        Leg(Account.BUYER_FUNDS, amounts.buyer_amount),
        Leg(Account.VOUCHER_SUBSIDY, amounts.subsidy_amount),
        Leg(Account.PLATFORM_REVENUE, -amounts.commission_amount),
        Leg(shop_account, -amounts.shop_amount, shop_id=order.shop_id),
    ]


def _post_received(received: Sequence[Received], account: Account, party: str) -> None:
    post(
        *(
            Posting(
                EntryKind.CAPTURE,
                SourceType.PAYMENT_SHARE,
                part.share_id,
                [
                    Leg(account, part.amount, party=party),
                    Leg(Account.BUYER_FUNDS, -part.amount),
                ],
                order_id=part.order.pk,
            )
            for part in received
        )
    )
