"""What the seller answers to a request, and what follows when nobody says anything."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind
from orders.returns.constants import ReturnStatus
from orders.returns.events import ReturnApproved, ReturnCancelled, ReturnRejected
from orders.returns.models import Return
from orders.returns.services._moves import lock_return, move

_SILENCE = "The shop did not answer in time."
_NOT_SENT = "The goods did not come back in time."


@transaction.atomic
def approve_return(
    return_id: UUID, *, actor: User, actor_kind: ActorKind, reason: str = ""
) -> Return:
    """Let the buyer send the goods.

    Locks: the order, the return. Raises: NotFound; IllegalReturnStep. Publishes: returns.approved.
    """
    row = lock_return(return_id)
    _approve(row, actor=actor, actor_kind=actor_kind, answer=reason)
    return row


@transaction.atomic
def reject_return(return_id: UUID, *, actor: User, actor_kind: ActorKind, reason: str) -> Return:
    """Refuse to take goods back; the buyer reads why, and may ask staff.

    Locks: the order, the return. Raises: NotFound; IllegalReturnStep. Publishes: returns.rejected.
    """
    row = lock_return(return_id)
    move(
        row,
        ReturnStatus.REJECTED,
        actor=actor,
        actor_kind=actor_kind,
        note=reason,
        answer=reason,
    )
    publish(
        ReturnRejected(
            return_id=row.pk, order_id=row.order_id, actor_kind=actor_kind.value, reason=reason
        )
    )
    return row


def overdue_returns(limit: int) -> list[UUID]:
    """Return the ids of returns that nobody answered, or sent, in time; the oldest first."""
    due = Return.objects.overdue(timezone.now()).order_by("deadline_at")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def enforce_deadline(return_id: UUID) -> bool:
    """Approve what its seller did not answer, and end what its buyer did not send.

    False when somebody acted, or the deadline moved, since it was found due.
    Locks: the order, the return. Publishes: returns.approved or returns.cancelled.
    """
    row = lock_return(return_id)
    if not Return.objects.overdue(timezone.now()).filter(pk=return_id).exists():
        return False
    if row.status == ReturnStatus.REQUESTED:
        _approve(row, actor=None, actor_kind=ActorKind.SYSTEM, answer=_SILENCE)
    else:
        move(row, ReturnStatus.CANCELLED, actor=None, actor_kind=ActorKind.SYSTEM, note=_NOT_SENT)
        publish(
            ReturnCancelled(
                return_id=row.pk, order_id=row.order_id, actor_kind=ActorKind.SYSTEM.value
            )
        )
    return True


def _approve(row: Return, *, actor: User | None, actor_kind: ActorKind, answer: str) -> None:
    move(
        row,
        ReturnStatus.APPROVED,
        actor=actor,
        actor_kind=actor_kind,
        note=answer,
        answer=answer,
        deadline_at=timezone.now() + timedelta(days=settings.RETURN_SEND_DAYS),
    )
    publish(ReturnApproved(return_id=row.pk, order_id=row.order_id, actor_kind=actor_kind.value))
