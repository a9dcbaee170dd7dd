"""Money that goes back: asked for under the payment's lock, sent by the worker, settled once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.services import publish
from orders.constants import OrderStatus, PaymentMethod, PaymentStatus
from orders.models import Order
from orders.payments.constants import RefundKind, RefundStatus, TaskKind
from orders.payments.errors import RefundExceedsPayment, RefundNotPossible, SecondPersonNeeded
from orders.payments.events import RefundFailed, RefundRejected, RefundSucceeded
from orders.payments.models import Payment, Refund, RefundLine
from orders.payments.selectors import payments_of, sold_first
from orders.payments.services._refund_approval import needs_second_person
from orders.payments.services._refund_parts import refundable_amount, refunded_parts, sold_parts
from orders.payments.services._refund_steps import (
    claim,
    complete,
    end,
    lock_all,
    release,
)
from orders.payments.services.tasks import close_tasks_of, open_task
from orders.payments.splitting import AMOUNTS, Part, everything, refund_of_units, share_of, spread
from orders.settlement.services.refunds import restore_refund
from shops.services.impartiality import require_impartial

# Units of these are back, whatever was paid for them.
_OF_GOODS = frozenset({RefundKind.RETURN, RefundKind.DISPUTE})


@dataclass(frozen=True)
class Wanted:
    """What to refund: units by order item, with the shipping or without; or an amount; or all.

    Both units and an amount: so much of what these units, and the shipping, would give.
    """

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
    needs_approval = needs_second_person(order, amount, kind=kind, actor=actor)
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
    claim(refund, parts)
    if is_free:
        end(refund, RefundStatus.SUCCEEDED)
        publish(RefundSucceeded(refund_id=refund.pk, order_id=order.pk))
    elif not needs_approval:
        release(refund)
    return refund


@transaction.atomic
def approve_refund(refund_id: UUID, *, actor: User) -> Refund:
    """Let a large refund go, as the second person.

    Locks: the order, its payment, the refund. Raises: SecondPersonNeeded for the one who asked for
    it; ConflictOfInterest for the one whom the money goes to, and who works for the shop;
    InvalidTransition.
    """
    refund, order, _payment = lock_all(refund_id)
    if refund.status != RefundStatus.AWAITING_APPROVAL:
        raise InvalidTransition("This refund does not wait for an approval.")
    if refund.requested_by_id == actor.pk:
        raise SecondPersonNeeded
    _require_impartial(order, actor)
    refund.status = RefundStatus.PENDING
    refund.approved_by = actor
    refund.save(update_fields=["status", "approved_by", "updated_at"])
    release(refund)
    return refund


@transaction.atomic
def reject_refund(refund_id: UUID, *, actor: User, reason: str) -> Refund:
    """Refuse a large refund; its money can be asked for again.

    Of an order that was cancelled meanwhile nobody keeps it: it goes back with the rest.
    Locks: the order, its payment, the refund. Raises: ConflictOfInterest as `approve_refund`;
    InvalidTransition. Publishes: payments.refund_rejected, payments.refund_requested.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status != RefundStatus.AWAITING_APPROVAL:
        raise InvalidTransition("This refund does not wait for an approval.")
    _require_impartial(order, actor)
    end(refund, RefundStatus.REJECTED, error=f"{actor}: {reason}")
    restore_refund(refund.pk, order)
    close_tasks_of(refund, actor=actor, note=reason)
    publish(RefundRejected(refund_id=refund.pk, order_id=refund.order_id))
    if order.status == OrderStatus.CANCELLED:
        source = f"cancel:{order.pk}:{refund.pk}"
        refund_rest(order, payment, kind=RefundKind.CANCELLED, source=source)
    return refund


@transaction.atomic
def complete_refund(refund_id: UUID, *, provider_reference: str = "") -> bool:
    """Record that the money has gone back; False when that is known already.

    Locks: the order, its payment, the refund. Publishes: payments.refunded.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status != RefundStatus.PENDING:
        return False
    by_hand = payment.provider == PaymentMethod.COD
    complete(refund, order, payment, reference=provider_reference, by_hand=by_hand)
    return True


@transaction.atomic
def fail_refund(refund_id: UUID, *, error: str, of_try: int | None = None) -> bool:
    """Record that the provider will not send the money; staff have to see to it.

    False when it came to its end before, or the provider said so `of_try` before the present one.
    Locks: the order, its payment, the refund. Publishes: payments.refund_failed.
    """
    refund, order, _payment = lock_all(refund_id)
    if refund.status != RefundStatus.PENDING or of_try not in {None, refund.retries}:
        return False
    end(refund, RefundStatus.FAILED, error=error)
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
    payments = payments_of(order.pk)
    if order.total_amount == 0 and order.payment_status != PaymentStatus.UNPAID:
        # An order that cost nothing, beside others that did.
        payments = sold_first(
            Payment.objects.filter(
                Q(captured_at__isnull=False) | Q(provider=PaymentMethod.COD), shares__order=order
            )
        )
    first = payments.values_list("pk", flat=True).first()
    if first is None:
        return None
    return Payment.objects.select_for_update(of=("self",)).get(pk=first)


def is_refunded_whole(order: Order) -> bool:
    """Tell whether all that was paid for an order, or for its goods, is back, on its way or asked
    for; the order is locked."""
    payment = payments_of(order.pk).first()
    if payment is None:
        return False
    if refundable_amount(order, payment) == 0:
        return True
    sold = sold_parts(order)
    refunded = refunded_parts(order, payment, sold)
    goods = [part for part in sold if part.item_id is not None]
    return all(refunded[part.item_id].quantity == part.quantity for part in goods)


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


def _require_impartial(order: Order, actor: User) -> None:
    require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])


def _choose(order: Order, payment: Payment, wanted: Wanted) -> list[Part]:
    sold = sold_parts(order)
    refunded = refunded_parts(order, payment, sold)
    if wanted.units is not None:
        chosen = _units(sold, refunded, wanted)
        if wanted.amount is None:
            return chosen
        refundable = sum(part.net_amount for part in chosen)
        if wanted.amount > refundable:
            raise RefundExceedsPayment(refundable=refundable, currency=payment.currency)
        return share_of(chosen, sold, refunded, wanted.amount)
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


def _is_worth_it_free(kind: RefundKind, parts: Iterable[Part]) -> bool:
    """Tell whether a refund of nothing is one: the platform gets back what it paid of the price."""
    if kind in _OF_GOODS:
        return any(part.quantity for part in parts)
    return kind == RefundKind.CANCELLED and any(part.platform_discount_amount for part in parts)
