"""Money that buyers take back by their bank: before staff, and in the books once it is lost."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common import money
from marketplace.common.errors import InvalidTransition, NotFound
from orders.models import Order
from orders.payments.constants import (
    CAPTURED_STATES,
    EventOutcome,
    OutcomeKind,
    RefundKind,
    RefundStatus,
    TaskKind,
    TaskStatus,
)
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment, ReconciliationTask
from orders.payments.services._refund_parts import refundable_amount
from orders.payments.services._rows import lock_with_orders
from orders.payments.services.refunds import Wanted, complete_refund, refund_locked
from orders.payments.services.tasks import open_task
from shops.services.impartiality import require_impartial

_LOST, _WON = "lost", "won"


def report_chargeback(payment: Payment, outcome: Outcome) -> EventOutcome:
    """Put a chargeback before staff: nothing moves by itself, as it may be won.

    One that was before them already stays as it is: words come twice, and after later ones.
    """
    if outcome.dispute_reference and _task_of(payment, outcome) is not None:
        return EventOutcome.DUPLICATE
    _put_before_staff(payment, outcome)
    return EventOutcome.APPLIED


def end_chargeback(payment: Payment, orders: Sequence[Order], outcome: Outcome) -> EventOutcome:
    """Take note of how a chargeback ended at its provider; the caller has locked its orders and it.

    What has been decided otherwise here stays, and is a task for staff; so does one that is lost
    and cannot be written down yet.
    """
    said = _LOST if outcome.kind == OutcomeKind.DISPUTE_LOST else _WON
    if _task_of(payment, outcome) is None:
        _put_before_staff(payment, outcome)
    task = _task_of(payment, outcome)
    if task is None:
        return EventOutcome.IGNORED
    if task.status == TaskStatus.OPEN:
        return _follow(task, payment, orders, outcome, said)
    if _is_in_the_books(task, payment) == (said == _LOST):
        return EventOutcome.DUPLICATE
    _put_before_staff(payment, outcome, said=said)
    return EventOutcome.APPLIED


@transaction.atomic
def record_lost_chargeback(task_id: UUID, *, actor: User, note: str) -> None:
    """Close a chargeback as lost: the buyer has the money, and orders, shops and books say so.

    Nothing is sent. Several orders of the payment bear it in proportion to what is left of each;
    what is more than is left of all, as the buyer had it back before, is another task. One that was
    closed as won is lost by this as well; none is lost twice.
    Locks: the payment's orders by pk, the payment, the task. Raises: NotFound; InvalidTransition;
    ConflictOfInterest for the buyer, and who works for a shop of it. Publishes: payments.refunded.
    """
    payment, orders, task = _lock(task_id)
    for order in orders:
        require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])
    if obstacle := _obstacle(task, payment, orders):
        raise InvalidTransition(obstacle)
    _write_down(task, payment, orders, actor=actor)
    _close(task, actor=actor, note=f"Lost. {note}")


def _follow(
    task: ReconciliationTask,
    payment: Payment,
    orders: Sequence[Order],
    outcome: Outcome,
    said: str,
) -> EventOutcome:
    """Close an open chargeback as its provider says, or leave it to staff with what it says."""
    is_left_to_staff = "said" in task.details
    if is_left_to_staff and task.details["said"] == said:
        return EventOutcome.DUPLICATE
    task.details = _details(outcome)
    if is_left_to_staff or (said == _LOST and _obstacle(task, payment, orders)):
        task.details["said"] = said
        task.save(update_fields=["details", "updated_at"])
        return EventOutcome.APPLIED
    task.save(update_fields=["details", "updated_at"])
    if said == _LOST:
        _write_down(task, payment, orders, actor=None)
    _close(task, actor=None, note=f"{said.capitalize()}, as the provider says.")
    return EventOutcome.APPLIED


def _close(task: ReconciliationTask, *, actor: User | None, note: str) -> None:
    """Close a locked task, also one that was closed as something else before."""
    task.status, task.resolved_at = TaskStatus.RESOLVED, timezone.now()
    task.resolved_by, task.note = actor, note[:500]
    task.save(update_fields=["status", "resolved_at", "resolved_by", "note", "updated_at"])


def _obstacle(task: ReconciliationTask, payment: Payment, orders: Sequence[Order]) -> str:
    """Return why a chargeback cannot be written down as lost; empty when it can."""
    if _is_in_the_books(task, payment):
        return "This chargeback is in the books as lost already."
    if task.details.get("currency", payment.currency) != payment.currency:
        return "It is in another currency than the payment."
    if payment.status not in CAPTURED_STATES:
        return "The provider has not reported the payment itself yet."
    left = sum(refundable_amount(order, payment) for order in orders)
    if task.details["amount"] > left and _has_open_refunds(payment):
        return "Refunds of this payment wait or are on their way: end them first."
    return ""


def _write_down(
    task: ReconciliationTask, payment: Payment, orders: Sequence[Order], *, actor: User | None
) -> None:
    amount, left = task.details["amount"], [refundable_amount(order, payment) for order in orders]
    taken = money.allocate(min(amount, sum(left)), left)
    for order, part in zip(orders, taken, strict=True):
        if part:
            _book(task, payment, order, part, actor=actor)
    if amount > sum(taken):
        open_task(
            TaskKind.AMOUNT_MISMATCH,
            task.key,
            payment=payment,
            details={"charged_back": amount, "not_in_the_books": amount - sum(taken)},
        )


def _book(
    task: ReconciliationTask, payment: Payment, order: Order, amount: int, *, actor: User | None
) -> None:
    """Write down a refund that the provider's account has paid for already."""
    refund = refund_locked(
        order,
        payment,
        Wanted(amount=amount),
        kind=RefundKind.CHARGEBACK,
        source=f"chargeback:{task.pk}:{order.pk}",
        actor=actor,
        reason="Taken back by the buyer's bank (chargeback).",
    )
    complete_refund(refund.pk, provider_reference=task.details.get("dispute", ""))


def _is_in_the_books(task: ReconciliationTask, payment: Payment) -> bool:
    """Tell whether a chargeback was lost, by whichever of its tasks: by what that left."""
    booked = payment.refunds.filter(
        kind=RefundKind.CHARGEBACK, provider_reference=task.details.get("dispute", "")
    )
    beyond = payment.tasks.filter(
        kind=TaskKind.AMOUNT_MISMATCH, key=task.key, details__has_key="charged_back"
    )
    return booked.exists() or beyond.exists()


def _has_open_refunds(payment: Payment) -> bool:
    open_ones = (RefundStatus.AWAITING_APPROVAL, RefundStatus.PENDING)
    return payment.refunds.filter(status__in=open_ones).exists()


def _put_before_staff(payment: Payment, outcome: Outcome, **said: str) -> None:
    details = {**_details(outcome), **said}
    open_task(TaskKind.CHARGEBACK, _key(payment, outcome), payment=payment, details=details)


def _details(outcome: Outcome) -> dict[str, Any]:
    return {
        "amount": outcome.amount,
        "currency": outcome.currency,
        "reason": outcome.failure_code,
        "dispute": outcome.dispute_reference,
    }


def _key(payment: Payment, outcome: Outcome) -> str:
    return outcome.dispute_reference or str(payment.pk)


def _task_of(payment: Payment, outcome: Outcome) -> ReconciliationTask | None:
    """Lock and return the task of a chargeback: the open one, or else the last one closed."""
    tasks = ReconciliationTask.objects.filter(
        kind=TaskKind.CHARGEBACK, key=_key(payment, outcome), payment=payment
    )
    return tasks.order_by("status", "-pk").select_for_update(of=("self",)).first()


def _lock(task_id: UUID) -> tuple[Payment, list[Order], ReconciliationTask]:
    found = ReconciliationTask.objects.filter(pk=task_id).first()
    if found is None:
        raise NotFound
    if found.kind != TaskKind.CHARGEBACK or found.payment_id is None:
        raise InvalidTransition("Only a chargeback can be lost.")
    payment, orders = lock_with_orders(found.payment_id)
    task = ReconciliationTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    return payment, orders, task
