"""What a provider says of a payment takes effect here, whichever way the word came."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from catalog.inventory.errors import OutOfStock
from catalog.inventory.services import ReservationRequest, hold_for_good, reserve
from marketplace.common.ids import uuid7
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind, OrderStatus, PaymentStatus
from orders.events import OrderPlaced
from orders.models import Checkout, Order, OrderItem
from orders.payments.constants import (
    CAPTURED_STATES,
    EventOutcome,
    OutcomeKind,
    PaymentState,
    RefundKind,
    RefundStatus,
    TaskKind,
)
from orders.payments.events import OrderPaid, PaymentCaptured, PaymentFailed
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment
from orders.payments.services._refund_parts import refundable_amount
from orders.payments.services._refund_steps import is_paid_otherwise
from orders.payments.services._rows import lock_with_orders
from orders.payments.services.cash import close_other_tries
from orders.payments.services.chargebacks import end_chargeback, report_chargeback
from orders.payments.services.refunds import Wanted, complete_refund, refund_locked, refund_rest
from orders.payments.services.states import move_payment
from orders.payments.services.tasks import open_task
from orders.selectors import will_have_first_order
from orders.settlement.services.sales import Received, post_captures, post_sales
from orders.transitions import transition
from shops.constants import ShopStatus
from vouchers.errors import VoucherRefused
from vouchers.services.redemptions import redeem_again


@transaction.atomic
def apply_outcome(payment_id: UUID, outcome: Outcome) -> EventOutcome:
    """Let a provider's word on a payment take effect, once and forward only.

    Money that was captured places the orders it is for. Where the time for them is over they are
    placed after all if their goods are still there; otherwise, and for what was cancelled or paid
    already, the money goes back whole.
    Locks: the payment's orders by pk, the payment, vouchers by pk, then stock items by pk.
    Publishes: payments.captured, orders.paid, orders.placed, payments.failed,
    payments.refund_requested, payments.refunded.
    """
    payment, orders = lock_with_orders(payment_id)
    if outcome.is_suspicious:
        open_task(TaskKind.SUSPICIOUS, str(payment.pk), payment=payment)
    match outcome.kind:
        case OutcomeKind.CAPTURED:
            return _capture(payment, orders, outcome)
        case OutcomeKind.REFUNDED:
            return _refunded_elsewhere(payment, orders, outcome)
        case OutcomeKind.DISPUTED:
            return report_chargeback(payment, outcome)
        case OutcomeKind.DISPUTE_LOST | OutcomeKind.DISPUTE_WON:
            return end_chargeback(payment, orders, outcome)
        case OutcomeKind.FAILED:
            return _fail(payment, PaymentState.FAILED, outcome)
        case OutcomeKind.CANCELLED:
            return _fail(payment, PaymentState.CANCELLED, outcome)
        case OutcomeKind.PROCESSING:
            moved = move_payment(payment, PaymentState.REQUIRES_ACTION)
            return EventOutcome.APPLIED if moved else EventOutcome.IGNORED
        case _:
            return EventOutcome.IGNORED


def _capture(payment: Payment, orders: Sequence[Order], outcome: Outcome) -> EventOutcome:
    if (outcome.amount, outcome.currency) != (payment.amount, payment.currency):
        open_task(
            TaskKind.AMOUNT_MISMATCH,
            str(payment.pk),
            payment=payment,
            details={
                "asked": payment.amount,
                "said": outcome.amount,
                "currency": outcome.currency,
                "reference": outcome.provider_reference,
            },
        )
        return EventOutcome.AMOUNT_MISMATCH
    if payment.status in CAPTURED_STATES:
        return EventOutcome.DUPLICATE
    payment.provider_reference = outcome.provider_reference or payment.provider_reference
    payment.save(update_fields=["provider_reference", "updated_at"])
    move_payment(payment, PaymentState.CAPTURED)
    payment.shares.update(captured_amount=F("amount"), updated_at=Now())
    received = _received(payment, orders)
    post_captures(list(received.values()), provider=payment.provider)
    publish(PaymentCaptured(payment_id=payment.pk, checkout_id=payment.checkout_id))
    waiting = [order for order in orders if order.status == OrderStatus.PENDING_PAYMENT]
    expired = [order for order in orders if _has_expired(order)]
    others = [order for order in orders if order not in waiting and order not in expired]
    _place(payment, waiting)
    post_sales([received[order.pk] for order in waiting])
    revived = _revive(payment, expired)
    post_sales([received[order.pk] for order in revived])
    for order in [*others, *(order for order in expired if order not in revived)]:
        _send_back(payment, order)
    Checkout.objects.filter(pk=payment.checkout_id).update(expires_at=None, updated_at=Now())
    close_other_tries(payment)
    return EventOutcome.APPLIED


def _received(payment: Payment, orders: Sequence[Order]) -> dict[UUID, Received]:
    """Return the orders' shares of a captured payment as the ledger wants them, by order."""
    by_id = {order.pk: order for order in orders}
    return {
        share.order_id: Received(share.pk, by_id[share.order_id], share.amount)
        for share in payment.shares.all()
    }


def _place(payment: Payment, orders: Sequence[Order]) -> None:
    """Place orders whose money has arrived; what they hold they keep."""
    for order in orders:
        transition(order, OrderStatus.PLACED, actor=None, actor_kind=ActorKind.SYSTEM)
        order.payment_status = PaymentStatus.PAID
        order.save(update_fields=["payment_status", "updated_at"])
    hold_for_good([order.pk for order in orders])
    for order in orders:
        publish(
            OrderPaid(order_id=order.pk, payment_id=payment.pk),
            OrderPlaced(order.pk, order.checkout_id, order.buyer_id, order.shop_id),
        )


def _revive(payment: Payment, orders: Sequence[Order]) -> list[Order]:
    """Place orders after all whose time was over before their money came; returns which.

    Their vouchers are used once more, their goods held once more.

    All of them or none: their stock is locked in one order.
    """
    checkout = payment.checkout
    open_ones = [order for order in orders if order.shop.status == ShopStatus.APPROVED]
    if not open_ones or not checkout.buyer.is_active:
        return []
    items = OrderItem.objects.filter(order__in=open_ones)
    try:
        with transaction.atomic():
            if discounted := [order.pk for order in open_ones if order.discount_amount]:
                ask = partial(will_have_first_order, checkout.buyer, besides=checkout)
                redeem_again(discounted, buyer=checkout.buyer, is_first_order=ask)
            reserve(
                [
                    ReservationRequest(order_id, variant_id, quantity)
                    for order_id, variant_id, quantity in items.values_list(
                        "order_id", "variant_id", "quantity"
                    )
                ],
                expires_at=None,
            )
    except (OutOfStock, VoucherRefused):
        return []
    for order in open_ones:
        order.cancelled_at = None
        order.cancel_reason = ""
        order.save(update_fields=["cancelled_at", "cancel_reason", "updated_at"])
    _place(payment, open_ones)
    return open_ones


def _send_back(payment: Payment, order: Order) -> None:
    """Send back an order's share of a payment that it has no use for."""
    kind = RefundKind.SURPLUS if is_paid_otherwise(order, payment) else RefundKind.LATE
    if kind == RefundKind.LATE:
        order.payment_status = PaymentStatus.PAID
        order.save(update_fields=["payment_status", "updated_at"])
    refund_rest(order, payment, kind=kind, source=f"{kind}:{payment.pk}:{order.pk}")


def _refunded_elsewhere(
    payment: Payment, orders: Sequence[Order], outcome: Outcome
) -> EventOutcome:
    """Take note of money that was sent back in the provider's own console."""
    if payment.status not in CAPTURED_STATES:
        captured = _capture(payment, orders, replace(outcome, kind=OutcomeKind.CAPTURED))
        if captured == EventOutcome.AMOUNT_MISMATCH:
            return captured
    claims = payment.refunds.filter(
        status__in=[RefundStatus.PENDING, RefundStatus.SUCCEEDED]
    ).exclude(kind=RefundKind.CHARGEBACK)  # which providers do not count as sent back
    known = claims.aggregate(total=Sum("amount"))["total"] or 0
    unknown = outcome.refunded_amount - int(known)
    for order in orders:
        part = min(unknown, refundable_amount(order, payment))
        if part > 0:
            unknown -= part
            refund = refund_locked(
                order,
                payment,
                Wanted(amount=part),
                kind=RefundKind.EXTERNAL,
                source=f"external:{payment.pk}:{uuid7().hex}",
                reason="Made in the provider's console.",
            )
            complete_refund(refund.pk)
    if unknown > 0:  # what waits for an approval, and was sent in the console instead
        open_task(
            TaskKind.AMOUNT_MISMATCH,
            str(payment.pk),
            payment=payment,
            details={"sent_back": outcome.refunded_amount, "not_in_the_books": unknown},
        )
    return EventOutcome.APPLIED


def _fail(payment: Payment, state: PaymentState, outcome: Outcome) -> EventOutcome:
    """End a try to pay; the checkout can be paid by another one while its goods are held."""
    if not move_payment(payment, state):
        return EventOutcome.DUPLICATE
    payment.failure_code = outcome.failure_code[:100]
    payment.save(update_fields=["failure_code", "updated_at"])
    publish(PaymentFailed(payment_id=payment.pk, checkout_id=payment.checkout_id))
    return EventOutcome.APPLIED


def _has_expired(order: Order) -> bool:
    """Tell whether an order was cancelled because its money did not come in time."""
    if order.status != OrderStatus.CANCELLED:
        return False
    last = order.events.order_by("-pk").first()
    return (
        last is not None
        and last.actor_kind == ActorKind.SYSTEM
        and last.from_status == OrderStatus.PENDING_PAYMENT
    )
