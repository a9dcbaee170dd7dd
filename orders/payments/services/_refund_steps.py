"""The steps of a refund, of an order and payment that are locked."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Sum
from django.utils import timezone

from marketplace.common.errors import NotFound
from marketplace.common.outbox.services import publish
from orders.constants import PaymentMethod, PaymentStatus
from orders.models import Order
from orders.payments.constants import PaymentState, RefundKind, RefundStatus, TaskKind
from orders.payments.errors import RefundExceedsPayment
from orders.payments.events import RefundRequested, RefundSucceeded
from orders.payments.models import Payment, PaymentShare, Refund
from orders.payments.services._refund_parts import (
    part_of,
    refundable_amount,
    refunded_parts,
    sold_parts,
)
from orders.payments.services.states import move_payment
from orders.payments.services.tasks import close_tasks_of, open_task
from orders.payments.splitting import Part, fit
from orders.settlement.services.refunds import RefundPart, claim_refund, is_sold_by, pay_refund

# Money that came too late or twice: it never was the shop's.
_OF_NO_ORDER = frozenset({RefundKind.LATE, RefundKind.SURPLUS})


def lock_all(refund_id: UUID) -> tuple[Refund, Order, Payment]:
    known = Refund.objects.filter(pk=refund_id).values_list("order_id", "payment_id").first()
    if known is None:
        raise NotFound
    order = Order.objects.lock(known[0])
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=known[1])
    return lock_refund(refund_id), order, payment


def lock_refund(refund_id: UUID) -> Refund:
    refund = Refund.objects.select_for_update(of=("self",)).filter(pk=refund_id).first()
    if refund is None:
        raise NotFound
    return refund


def claim(refund: Refund, parts: Iterable[Part]) -> None:
    """Take a refund out of what its order brought the shop; what never sold it is left alone."""
    if refund.kind in _OF_NO_ORDER:
        return
    share = PaymentShare.objects.get(payment=refund.payment, order=refund.order)
    claim_refund(
        refund.pk,
        refund.order,
        share_id=share.pk,
        amount=refund.amount,
        parts=[
            RefundPart(
                part.item_id,
                base_amount=part.goods_amount - part.seller_discount_amount,
                subsidy_amount=part.platform_discount_amount,
            )
            for part in parts
        ],
    )


def claim_again(
    refund: Refund, order: Order, payment: Payment, *, status: RefundStatus = RefundStatus.PENDING
) -> None:
    """Let a failed refund count once more, with that status. Raises: RefundExceedsPayment."""
    parts = [part_of(line) for line in refund.lines.all()]
    sold = sold_parts(order)
    refunded = refunded_parts(order, payment, sold)
    refundable = refundable_amount(order, payment)
    if refund.amount > refundable or not fit(parts, sold, refunded):
        raise RefundExceedsPayment(refundable=refundable, currency=refund.currency)
    refund.status = status
    refund.ended_at = None
    refund.save(update_fields=["status", "ended_at", "updated_at"])
    claim(refund, parts)


def release(refund: Refund) -> None:
    """Have the worker send a refund; cash is sent back by hand."""
    if refund.payment.provider == PaymentMethod.COD:
        open_task(
            TaskKind.REFUND_BY_HAND,
            str(refund.pk),
            payment=refund.payment,
            refund=refund,
            details={"amount": refund.amount},
        )
        return
    refund.next_try_at = timezone.now()
    refund.attempts = 0
    refund.in_doubt_since = None
    refund.save(update_fields=["next_try_at", "attempts", "in_doubt_since", "updated_at"])
    publish(RefundRequested(refund_id=refund.pk, order_id=refund.order_id))


def complete(
    refund: Refund, order: Order, payment: Payment, *, reference: str, by_hand: bool
) -> None:
    refund.provider_reference = reference or refund.provider_reference
    end(refund, RefundStatus.SUCCEEDED)
    share = PaymentShare.objects.get(payment=payment, order=order)
    share.refunded_amount += refund.amount
    share.save(update_fields=["refunded_amount", "updated_at"])
    pay_refund(refund.pk, order, refund.amount, provider="" if by_hand else payment.provider)
    _follow(order, payment, share)
    close_tasks_of(refund)
    publish(RefundSucceeded(refund_id=refund.pk, order_id=order.pk))


def end(refund: Refund, status: RefundStatus, *, error: str = "") -> None:
    refund.status = status
    refund.ended_at = timezone.now()
    refund.next_try_at = None
    refund.last_error = error
    refund.save(
        update_fields=[
            "status",
            "ended_at",
            "next_try_at",
            "last_error",
            "provider_reference",
            "updated_at",
        ]
    )


def is_paid_otherwise(order: Order, payment: Payment) -> bool:
    """Tell whether another payment of an order has money that did not go back."""
    kept = PaymentShare.objects.filter(order=order, captured_amount__gt=F("refunded_amount"))
    return kept.exclude(payment=payment).exists()


def _follow(order: Order, payment: Payment, share: PaymentShare) -> None:
    """Let the payment and the order say how much of their money went back.

    An order that another payment paid for says nothing of money that was never its own.
    """
    totals = payment.shares.aggregate(captured=Sum("captured_amount"), back=Sum("refunded_amount"))
    is_all = totals["captured"] == totals["back"]
    move_payment(payment, PaymentState.REFUNDED if is_all else PaymentState.PARTIALLY_REFUNDED)
    if not is_sold_by(share.pk) and is_paid_otherwise(order, payment):
        return
    is_whole = share.refunded_amount == share.captured_amount
    order.payment_status = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
    order.save(update_fields=["payment_status", "updated_at"])
