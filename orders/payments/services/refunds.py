"""Money that goes back: asked for under the payment's lock, sent by the worker, settled once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.outbox.services import publish
from orders.constants import OrderStatus, PaymentMethod, PaymentStatus
from orders.models import Order
from orders.payments.constants import (
    CLAIMING_REFUNDS,
    PaymentState,
    RefundKind,
    RefundStatus,
    TaskKind,
)
from orders.payments.errors import (
    RefundExceedsPayment,
    RefundNotPossible,
    SecondPersonNeeded,
)
from orders.payments.events import (
    RefundFailed,
    RefundRejected,
    RefundRequested,
    RefundSucceeded,
)
from orders.payments.models import Payment, PaymentShare, Refund, RefundLine
from orders.payments.services.states import move_payment
from orders.payments.services.tasks import close_tasks_of, open_task
from orders.payments.splitting import AMOUNTS, Part, everything, fit, refund_of_units, spread
from orders.settlement.constants import EntryKind, SourceType
from orders.settlement.models import LedgerEntry
from orders.settlement.services.refunds import (
    RefundPart,
    claim_refund,
    pay_refund,
    restore_refund,
)

# Asked for by the system, for money that has nothing to stay for.
_AUTOMATIC = frozenset(
    {RefundKind.CANCELLED, RefundKind.LATE, RefundKind.SURPLUS, RefundKind.EXTERNAL}
)
# Money that came too late or twice: it never was the shop's.
_OF_NO_ORDER = frozenset({RefundKind.LATE, RefundKind.SURPLUS})
# Units of these are back, whatever was paid for them.
_OF_GOODS = frozenset({RefundKind.RETURN, RefundKind.DISPUTE})


@dataclass(frozen=True)
class Wanted:
    """What to refund: units by order item, with the shipping or without; or an amount; or all."""

    units: Mapping[UUID, int] | None = None
    with_shipping: bool = False
    amount: int | None = None


@transaction.atomic
def request_refund(
    order_id: UUID,
    wanted: Wanted,
    *,
    kind: RefundKind,
    source: str,
    actor: User | None,
    reason: str = "",
) -> Refund:
    """Ask for money of a paid order to be sent back.

    Idempotent: the same `source` again returns the first refund. Locks: the order, its payment.
    Raises: RefundNotPossible for an order that was not paid; RefundExceedsPayment; InvalidInput
    for an item that is not the order's or more units than are left. Publishes:
    payments.refund_requested, unless it waits for a second person.
    """
    order = Order.objects.lock(order_id)
    if made := Refund.objects.filter(source=source).first():
        return made
    payment = paying_payment(order)
    if payment is None:
        raise RefundNotPossible
    return refund_locked(
        order, payment, wanted, kind=kind, source=source, actor=actor, reason=reason
    )


def refund_locked(
    order: Order,
    payment: Payment,
    wanted: Wanted,
    *,
    kind: RefundKind,
    source: str,
    actor: User | None = None,
    reason: str = "",
) -> Refund:
    """Ask for a refund of an order and payment that the caller has locked; as `request_refund`."""
    parts = _choose(order, payment, wanted)
    amount = sum(part.net_amount for part in parts)
    refundable = refundable_amount(order, payment)
    if amount > refundable:
        raise RefundExceedsPayment(refundable=refundable, currency=payment.currency)
    is_free = amount == 0 and _is_worth_it_free(kind, parts)
    if amount <= 0 and not is_free:
        raise RefundNotPossible
    needs_approval = kind not in _AUTOMATIC and _needs_second_person(order, amount, actor)
    refund = Refund.objects.create(
        payment=payment,
        order=order,
        kind=kind,
        status=RefundStatus.AWAITING_APPROVAL if needs_approval else RefundStatus.PENDING,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        source=source,
        requested_by=actor,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            order_item_id=part.item_id,
            **{name: getattr(part, name) for name in AMOUNTS},
        )
        for part in parts
    )
    _claim(refund, parts)
    if is_free:
        _end(refund, RefundStatus.SUCCEEDED)
        publish(RefundSucceeded(refund_id=refund.pk, order_id=order.pk))
    elif not needs_approval:
        _release(refund)
    return refund


@transaction.atomic
def approve_refund(refund_id: UUID, *, actor: User) -> Refund:
    """Let a large refund go, as the second person.

    Locks: the refund. Raises: SecondPersonNeeded for the one who asked for it, and for the one whom
    the money goes to; InvalidTransition.
    """
    refund = _lock(refund_id)
    if refund.status != RefundStatus.AWAITING_APPROVAL:
        raise InvalidTransition("This refund does not wait for an approval.")
    if refund.requested_by_id == actor.pk or _is_buyer(refund.order, actor):
        raise SecondPersonNeeded
    refund.status = RefundStatus.PENDING
    refund.approved_by = actor
    refund.save(update_fields=["status", "approved_by", "updated_at"])
    _release(refund)
    return refund


@transaction.atomic
def reject_refund(refund_id: UUID, *, actor: User, reason: str) -> Refund:
    """Refuse a large refund; its money can be asked for again.

    Of an order that was cancelled meanwhile nobody keeps it: it goes back with the rest.
    Locks: the order, its payment, the refund. Raises: InvalidTransition.
    Publishes: payments.refund_rejected, payments.refund_requested.
    """
    refund, order, payment = _lock_all(refund_id)
    if refund.status != RefundStatus.AWAITING_APPROVAL:
        raise InvalidTransition("This refund does not wait for an approval.")
    _end(refund, RefundStatus.REJECTED, error=f"{actor}: {reason}")
    restore_refund(refund.pk, order)
    publish(RefundRejected(refund_id=refund.pk, order_id=refund.order_id))
    if order.status == OrderStatus.CANCELLED:
        source = f"cancel:{order.pk}:{refund.pk}"
        refund_rest(order, payment, kind=RefundKind.CANCELLED, source=source)
    return refund


@transaction.atomic
def retry_refund(refund_id: UUID) -> Refund:
    """Send a failed refund once more.

    Locks: the order, its payment, the refund. Raises: InvalidTransition; RefundExceedsPayment when
    its money, or what it was for, went back in another way meanwhile.
    """
    refund, order, payment = _lock_all(refund_id)
    if refund.status != RefundStatus.FAILED:
        raise InvalidTransition("Only a refund that failed can be tried again.")
    _claim_again(refund, order, payment)
    refund.retries += 1
    refund.provider_reference = ""
    refund.save(update_fields=["retries", "provider_reference", "updated_at"])
    _release(refund)
    return refund


@transaction.atomic
def complete_refund(refund_id: UUID, *, provider_reference: str = "") -> bool:
    """Record that the money has gone back; False when that is known already.

    Locks: the order, its payment, the refund. Publishes: payments.refunded.
    """
    refund, order, payment = _lock_all(refund_id)
    if refund.status != RefundStatus.PENDING:
        return False
    by_hand = payment.provider == PaymentMethod.COD
    _complete(refund, order, payment, reference=provider_reference, by_hand=by_hand)
    return True


@transaction.atomic
def record_sent_by_hand(refund_id: UUID, *, reference: str) -> Refund:
    """Record that staff sent a refund from the bank: cash, or what its provider refused to send.

    Locks: the order, its payment, the refund. Raises: InvalidTransition; RefundExceedsPayment as
    `retry_refund`. Publishes: payments.refunded.
    """
    refund, order, payment = _lock_all(refund_id)
    if refund.status == RefundStatus.FAILED:
        _claim_again(refund, order, payment)
    elif refund.status != RefundStatus.PENDING:
        raise InvalidTransition("This refund does not wait to be sent.")
    _complete(refund, order, payment, reference=reference[:255], by_hand=True)
    return refund


@transaction.atomic
def fail_refund(refund_id: UUID, *, error: str) -> bool:
    """Record that the provider will not send the money; staff have to see to it.

    Locks: the order, its payment, the refund. Publishes: payments.refund_failed.
    """
    refund, order, _payment = _lock_all(refund_id)
    if refund.status != RefundStatus.PENDING:
        return False
    _end(refund, RefundStatus.FAILED, error=error)
    restore_refund(refund.pk, order)
    open_task(
        TaskKind.REFUND_FAILED,
        str(refund.pk),
        payment=refund.payment,
        refund=refund,
        details={"error": error},
    )
    publish(RefundFailed(refund_id=refund.pk, order_id=refund.order_id))
    return True


def paying_payment(order: Order) -> Payment | None:
    """Lock and return the payment whose money an order keeps; None while it is not paid.

    It is the one that sold the order: what came too late, or twice, is sent back whole. Where
    nothing was sold, it is the first one captured.
    """
    payments = Payment.objects.filter(shares__order=order, shares__captured_amount__gt=0)
    if order.total_amount == 0 and order.payment_status != PaymentStatus.UNPAID:
        # An order that cost nothing, beside others that did.
        payments = Payment.objects.filter(
            Q(captured_at__isnull=False) | Q(provider=PaymentMethod.COD), shares__order=order
        )
    sale = LedgerEntry.objects.filter(
        source_type=SourceType.PAYMENT_SHARE, source_id=OuterRef("shares__pk"), kind=EntryKind.SALE
    )
    by_sale = payments.annotate(has_sold=Exists(sale)).order_by("-has_sold", "captured_at", "pk")
    first = by_sale.values_list("pk", flat=True).first()
    if first is None:
        return None
    return Payment.objects.select_for_update(of=("self",)).get(pk=first)


def is_paid_otherwise(order: Order, payment: Payment) -> bool:
    """Tell whether another payment of an order has money that did not go back."""
    kept = PaymentShare.objects.filter(order=order, captured_amount__gt=F("refunded_amount"))
    return kept.exclude(payment=payment).exists()


def refundable_amount(order: Order, payment: Payment) -> int:
    """Return what is left of an order's share of a payment, counting what is on its way back."""
    share = PaymentShare.objects.get(payment=payment, order=order)
    claimed = _claims(order, payment).aggregate(total=Sum("amount"))["total"] or 0
    return share.captured_amount - int(claimed)


def refund_rest(
    order: Order, payment: Payment, *, kind: RefundKind, source: str, reason: str = ""
) -> Refund | None:
    """Send back all that is left of a locked order's share of a locked payment; None: nothing is.

    Idempotent per `source`.
    """
    if made := Refund.objects.filter(source=source).first():
        return made
    try:
        return refund_locked(order, payment, Wanted(), kind=kind, source=source, reason=reason)
    except RefundNotPossible:
        return None


def _needs_second_person(order: Order, amount: int, actor: User | None) -> bool:
    """Tell whether a refund is large, with what people sent back of the order on their own.

    Money to oneself is never small.
    """
    if not 0 < amount <= settings.REFUND_APPROVAL_AMOUNT or _is_buyer(order, actor):
        return amount > 0
    unseen = Refund.objects.filter(
        order=order, approved_by=None, status__in=(RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    ).exclude(kind__in=_AUTOMATIC)
    alone = unseen.aggregate(total=Sum("amount"))["total"] or 0
    return amount + int(alone) > settings.REFUND_APPROVAL_AMOUNT


def _is_buyer(order: Order, actor: User | None) -> bool:
    return actor is not None and actor.pk == order.buyer_id


def sold_parts(order: Order) -> list[Part]:
    """Return what an order was sold for, item by item, and its shipping and tax."""
    items = [
        Part(
            item.pk,
            quantity=item.quantity,
            goods_amount=item.line_total_amount,
            seller_discount_amount=item.seller_discount_amount,
            platform_discount_amount=item.platform_discount_amount,
        )
        for item in order.items.order_by("pk")
    ]
    rest = Part(
        None,
        shipping_amount=order.shipping_fee_amount,
        seller_discount_amount=order.seller_shipping_discount_amount,
        platform_discount_amount=order.platform_shipping_discount_amount,
        tax_amount=order.tax_amount,
    )
    return [*items, rest]


def _choose(order: Order, payment: Payment, wanted: Wanted) -> list[Part]:
    sold = sold_parts(order)
    refunded = _refunded_parts(order, payment, sold)
    if wanted.units is not None:
        return _units(sold, refunded, wanted)
    if wanted.amount is not None:
        refundable = refundable_amount(order, payment)
        if wanted.amount > refundable:
            raise RefundExceedsPayment(refundable=refundable, currency=payment.currency)
        return spread(sold, refunded, wanted.amount)
    return everything(sold, refunded)


def _units(sold: list[Part], refunded: Mapping[UUID | None, Part], wanted: Wanted) -> list[Part]:
    by_item = {part.item_id: part for part in sold}
    chosen = []
    for item_id, quantity in (wanted.units or {}).items():
        part = by_item.get(item_id)
        if part is None or item_id is None:
            raise InvalidInput("items", "This order has no such item.")
        left = part.quantity - refunded[item_id].quantity
        if not 0 < quantity <= left:
            raise InvalidInput("items", f"{left} units of this item are left to refund.")
        chosen.append(refund_of_units(part, refunded[item_id], quantity))
    if wanted.with_shipping:
        chosen += [part for part in everything([by_item[None]], refunded) if part.net_amount]
    return chosen


def _refunded_parts(
    order: Order, payment: Payment, sold: Iterable[Part]
) -> dict[UUID | None, Part]:
    """Return what went back of each part, or is on its way."""
    lines = RefundLine.objects.filter(refund__in=_claims(order, payment))
    totals = {f"{name}_sum": Sum(name) for name in AMOUNTS}
    sums: dict[UUID | None, Any] = {
        row["order_item"]: row for row in lines.values("order_item").annotate(**totals)
    }
    return {
        part.item_id: Part(
            part.item_id,
            **{name: int(sums.get(part.item_id, {}).get(f"{name}_sum") or 0) for name in AMOUNTS},
        )
        for part in sold
    }


def _claims(order: Order, payment: Payment) -> Any:
    return Refund.objects.filter(order=order, payment=payment, status__in=CLAIMING_REFUNDS)


def _is_worth_it_free(kind: RefundKind, parts: Iterable[Part]) -> bool:
    """Tell whether a refund of nothing is one: the platform gets back what it paid of the price."""
    if kind in _OF_GOODS:
        return any(part.quantity for part in parts)
    return kind == RefundKind.CANCELLED and any(part.platform_discount_amount for part in parts)


def _claim(refund: Refund, parts: Iterable[Part]) -> None:
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


def _claim_again(refund: Refund, order: Order, payment: Payment) -> None:
    """Let a failed refund count once more. Raises: RefundExceedsPayment."""
    parts = [_part(line) for line in refund.lines.all()]
    sold = sold_parts(order)
    refunded = _refunded_parts(order, payment, sold)
    refundable = refundable_amount(order, payment)
    if refund.amount > refundable or not fit(parts, sold, refunded):
        raise RefundExceedsPayment(refundable=refundable, currency=refund.currency)
    refund.status = RefundStatus.PENDING
    refund.ended_at = None
    refund.save(update_fields=["status", "ended_at", "updated_at"])
    _claim(refund, parts)


def _complete(
    refund: Refund, order: Order, payment: Payment, *, reference: str, by_hand: bool
) -> None:
    refund.provider_reference = reference or refund.provider_reference
    _end(refund, RefundStatus.SUCCEEDED)
    share = PaymentShare.objects.get(payment=payment, order=order)
    share.refunded_amount += refund.amount
    share.save(update_fields=["refunded_amount", "updated_at"])
    pay_refund(refund.pk, order, refund.amount, provider="" if by_hand else payment.provider)
    _follow(order, payment, share, refund)
    close_tasks_of(refund)
    publish(RefundSucceeded(refund_id=refund.pk, order_id=order.pk))


def _part(line: RefundLine) -> Part:
    return Part(line.order_item_id, **{name: getattr(line, name) for name in AMOUNTS})


def _release(refund: Refund) -> None:
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
    refund.save(update_fields=["next_try_at", "attempts", "updated_at"])
    publish(RefundRequested(refund_id=refund.pk, order_id=refund.order_id))


def _follow(order: Order, payment: Payment, share: PaymentShare, refund: Refund) -> None:
    """Let the payment and the order say how much of their money went back."""
    totals = payment.shares.aggregate(captured=Sum("captured_amount"), back=Sum("refunded_amount"))
    is_all = totals["captured"] == totals["back"]
    move_payment(payment, PaymentState.REFUNDED if is_all else PaymentState.PARTIALLY_REFUNDED)
    if refund.kind in _OF_NO_ORDER and is_paid_otherwise(order, payment):
        return
    is_whole = share.refunded_amount == share.captured_amount
    order.payment_status = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
    order.save(update_fields=["payment_status", "updated_at"])


def _end(refund: Refund, status: RefundStatus, *, error: str = "") -> None:
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


def _lock(refund_id: UUID) -> Refund:
    refund = Refund.objects.select_for_update(of=("self",)).filter(pk=refund_id).first()
    if refund is None:
        raise NotFound
    return refund


def _lock_all(refund_id: UUID) -> tuple[Refund, Order, Payment]:
    known = Refund.objects.filter(pk=refund_id).values_list("order_id", "payment_id").first()
    if known is None:
        raise NotFound
    order = Order.objects.lock(known[0])
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=known[1])
    return _lock(refund_id), order, payment
