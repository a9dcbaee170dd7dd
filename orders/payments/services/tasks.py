"""Tasks for staff: what about money no rule can decide."""

from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from accounts.models import User
from marketplace.common.errors import InvalidTransition
from orders.models import Order
from orders.payments.constants import TaskKind, TaskStatus
from orders.payments.models import Payment, PaymentShare, ReconciliationTask, Refund
from shops.services.impartiality import require_impartial


def open_task(
    kind: TaskKind,
    key: str,
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Put something before staff; what is before them already stays one task."""
    task = ReconciliationTask(
        kind=kind, key=key, payment=payment, refund=refund, details=details or {}
    )
    ReconciliationTask.objects.bulk_create([task], ignore_conflicts=True)


def close_task(task_id: UUID, *, actor: User, note: str) -> None:
    """Close a task as staff who have seen to it: a chargeback thereby counts as won, until it is
    recorded as lost.

    Raises: InvalidTransition when it was closed already; ConflictOfInterest for the buyer of an
    order that it is about, and who works for a shop of one.
    """
    task = ReconciliationTask.objects.select_related("refund__order").filter(pk=task_id).first()
    for order in [] if task is None else _orders_of(task):
        require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])
    if not resolve_task(task_id, actor=actor, note=note):
        raise InvalidTransition("This task is closed already.")


def _orders_of(task: ReconciliationTask) -> list[Order]:
    if task.refund is not None:
        return [task.refund.order]
    shares = PaymentShare.objects.filter(payment=task.payment_id).select_related("order")
    return [share.order for share in shares]


def resolve_task(task_id: UUID, *, actor: User, note: str) -> bool:
    """Close a task in somebody's name; False when it was closed already."""
    task = ReconciliationTask.objects.filter(pk=task_id, status=TaskStatus.OPEN)
    closed = task.update(
        status=TaskStatus.RESOLVED,
        resolved_at=Now(),
        resolved_by=actor,
        note=note,
        updated_at=Now(),
    )
    return closed == 1


def close_tasks_of(refund: Refund, *, actor: User | None = None, note: str = "Settled.") -> None:
    """Close what staff were to do about a refund that has come to its end."""
    ReconciliationTask.objects.filter(refund=refund, status=TaskStatus.OPEN).update(
        status=TaskStatus.RESOLVED,
        resolved_at=Now(),
        resolved_by=actor,
        note=note[:500],
        updated_at=Now(),
    )
