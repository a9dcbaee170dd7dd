"""The one way a return changes its status."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from marketplace.common.rows import locked
from orders.constants import ActorKind
from orders.payments.constants import RefundStatus
from orders.returns.constants import CLOSED, TRANSITIONS, ReturnStatus, Steps
from orders.returns.errors import IllegalReturnStep
from orders.returns.models import Return, ReturnEvent
from orders.returns.services._holding import follow_hold
from shops.services.impartiality import require_impartial


def lock_return(return_id: UUID) -> Return:
    """Lock a return and its order. Raises: NotFound."""
    return locked(Return.objects, return_id)


def require_step(
    row: Return, to_status: ReturnStatus, actor_kind: ActorKind, steps: Steps = TRANSITIONS
) -> None:
    """Raises: IllegalReturnStep when there is no such step, or it is not this actor's to make."""
    allowed = steps.get((ReturnStatus(row.status), to_status), frozenset())
    if actor_kind not in allowed:
        raise IllegalReturnStep(row.status, to_status)


def move(
    row: Return,
    to_status: ReturnStatus,
    *,
    actor: User | None,
    actor_kind: ActorKind,
    note: str = "",
    steps: Steps = TRANSITIONS,
    **changes: Any,
) -> None:
    """Move a locked return one step, with other columns of it, and write its timeline.

    A received one for which no money is due, or none was approved, is closed.
    Raises: IllegalReturnStep; ConflictOfInterest for staff of either side.
    """
    require_step(row, to_status, actor_kind, steps)
    if actor_kind == ActorKind.STAFF:
        require_impartial(actor, shop_id=row.shop_id, people=[row.order.buyer_id])
    from_status, now = row.status, timezone.now()
    changes = {"deadline_at": None, **changes, "status": to_status, "moved_at": now}
    for name, value in changes.items():
        setattr(row, name, value)
    is_for_nothing = to_status == ReturnStatus.RECEIVED and (
        row.refund is None or row.refund.status == RefundStatus.REJECTED
    )
    row.closed_at = now if to_status in CLOSED or is_for_nothing else None
    row.save(update_fields=[*changes, "closed_at", "updated_at"])
    record(row, from_status, actor=actor, actor_kind=actor_kind, note=note)
    follow_hold(row.order)


def record(
    row: Return, from_status: str, *, actor: User | None, actor_kind: ActorKind, note: str = ""
) -> None:
    """Write down where a return is now."""
    ReturnEvent.objects.create(
        return_request=row,
        from_status=from_status,
        to_status=row.status,
        actor=actor,
        actor_kind=actor_kind,
        note=note,
    )
