"""Money that buyers take back by their bank: before staff, and in the books once it is lost."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from marketplace.common import money
from marketplace.common.errors import InvalidTransition, NotFound
from orders.models import Order
from orders.payments.constants import RefundKind, RefundStatus, TaskKind, TaskStatus
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment, ReconciliationTask
from orders.payments.services._refund_parts import refundable_amount
from orders.payments.services._rows import lock_with_orders
from orders.payments.services.refunds import Wanted, complete_refund, refund_locked
from orders.payments.services.tasks import open_task, resolve_task
from shops.services.impartiality import require_impartial


def report_chargeback(payment: Payment, outcome: Outcome) -> None:
    """Put a chargeback before staff: nothing moves by itself, as it may be won."""
    open_task(
        TaskKind.CHARGEBACK,
        outcome.dispute_reference or str(payment.pk),
        payment=payment,
        details={
            "amount": outcome.amount,
            "currency": outcome.currency,
            "reason": outcome.failure_code,
            "dispute": outcome.dispute_reference,
        },
    )


@transaction.atomic
def record_lost_chargeback(task_id: UUID, *, actor: User, note: str) -> None:
    """Close a chargeback as lost: the buyer has the money, and orders, shops and books say so.

    Nothing is sent. Several orders of the payment bear it in proportion to what is left of each;
    what is more than is left of all, as the buyer had it back before, is another task.
    Locks: the payment's orders by pk, the payment, the task. Raises: NotFound; InvalidTransition;
    ConflictOfInterest for the buyer, and who works for a shop of it. Publishes: payments.refunded.
    """
    payment, orders, task = _lock(task_id)
    for order in orders:
        require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])
    if task.details.get("currency", payment.currency) != payment.currency:
        raise InvalidTransition("It is in another currency than the payment.")
    amount, left = task.details["amount"], [refundable_amount(order, payment) for order in orders]
    if amount > sum(left) and _has_open_refunds(payment):
        raise InvalidTransition("Refunds of this payment wait or are on their way: end them first.")
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
    resolve_task(task.pk, actor=actor, note=f"Lost. {note}"[:500])


def _book(
    task: ReconciliationTask, payment: Payment, order: Order, amount: int, *, actor: User
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


def _has_open_refunds(payment: Payment) -> bool:
    open_ones = (RefundStatus.AWAITING_APPROVAL, RefundStatus.PENDING)
    return payment.refunds.filter(status__in=open_ones).exists()


def _lock(task_id: UUID) -> tuple[Payment, list[Order], ReconciliationTask]:
    found = ReconciliationTask.objects.filter(pk=task_id).first()
    if found is None:
        raise NotFound
    if found.kind != TaskKind.CHARGEBACK or found.payment_id is None:
        raise InvalidTransition("Only a chargeback can be lost.")
    payment, orders = lock_with_orders(found.payment_id)
    task = ReconciliationTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    if task.status != TaskStatus.OPEN:
        raise InvalidTransition("This task is closed already.")
    return payment, orders, task
