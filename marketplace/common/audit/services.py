"""Entries that no changed row stands for."""

from uuid import UUID

from marketplace.common import logs
from marketplace.common.audit.constants import ActorKind, Operation
from marketplace.common.audit.context import Origin
from marketplace.common.audit.models import Entry


def record_event(
    operation: Operation,
    *,
    origin: Origin,
    actor_id: UUID | None,
    object_type: str,
    object_id: object,
    object_name: str = "",
    note: str = "",
) -> None:
    """Write down what staff did that changed no row, such as an export, or were refused."""
    Entry.objects.create(
        actor_id=actor_id,
        actor_kind=ActorKind.STAFF,
        operation=operation,
        object_type=object_type,
        object_id=str(object_id),
        object_name=object_name[:200],
        after={"note": note} if note else None,
        via=origin.via,
        ip_address=origin.ip_address,
        request_id=logs.request_id.get(),
    )
