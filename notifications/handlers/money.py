"""Money of shops: refunds that staff made, payouts, statements."""

from marketplace.common.money import display_amount
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import order_data, order_of, order_values, team_of, tell
from orders.documents.events import StatementReady
from orders.documents.models import Document
from orders.documents.months import Month
from orders.payments.constants import RefundKind
from orders.payments.events import RefundSucceeded
from orders.payments.models import Refund
from orders.payments.selectors import payments_of
from orders.settlement.events import PayoutApproved, PayoutPaid
from orders.settlement.models import Payout
from shops.constants import TeamRole


@handles(RefundSucceeded)
def tell_of_refund(event: RefundSucceeded) -> None:
    """Tell the shop of money that staff sent back, or lost to the buyer's bank.

    Returns and cancellations tell by themselves, and what was paid twice never was the shop's.
    """
    refund = Refund.objects.get(pk=event.refund_id)
    if refund.kind not in {RefundKind.GOODWILL, RefundKind.CHARGEBACK}:
        return
    if payments_of(event.order_id).first() != refund.payment:
        return
    order = order_of(event.order_id)
    tell(
        team_of(order.shop, TeamRole.FINANCE, NotificationType.ORDER_REFUNDED),
        event.topic,
        values={
            **order_values(order),
            "amount": display_amount(refund.amount, refund.currency),
            "reason": refund.reason,
        },
        data=order_data(order),
    )


@handles(PayoutApproved)
def tell_of_approved_payout(event: PayoutApproved) -> None:
    _tell_of_payout(event, NotificationType.PAYOUT_APPROVED)


@handles(PayoutPaid)
def tell_of_paid_payout(event: PayoutPaid) -> None:
    _tell_of_payout(event, NotificationType.PAYOUT_PAID)


@handles(StatementReady)
def tell_of_statement(event: StatementReady) -> None:
    """Tell who keeps the shop's books that the month is stated."""
    statement = Document.objects.select_related("shop").defer("facts").get(pk=event.document_id)
    month = Month.of(statement.period_start or statement.issued_at)
    tell(
        team_of(statement.shop, TeamRole.FINANCE, NotificationType.STATEMENT_READY),
        event.topic,
        values={
            "shop": statement.shop.name,
            "month": f"{month.number:02d}/{month.year}",
            "closing": display_amount(statement.amount, statement.currency),
        },
        data={"statement_id": str(statement.pk), "shop_id": str(statement.shop_id)},
    )


def _tell_of_payout(event: PayoutApproved | PayoutPaid, kind: NotificationType) -> None:
    payout = Payout.objects.select_related("shop").get(pk=event.payout_id)
    tell(
        team_of(payout.shop, TeamRole.FINANCE, kind),
        event.topic,
        values={
            "amount": display_amount(payout.amount, payout.currency),
            "account": payout.masked_bank_account,
        },
        data={"payout_id": str(payout.pk), "shop_id": str(payout.shop_id)},
    )
