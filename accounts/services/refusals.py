"""What the audit log says of those who were not let in as staff."""

from accounts.models import User
from marketplace.common.audit.constants import Operation
from marketplace.common.audit.context import Origin
from marketplace.common.audit.services import record_event


def record_refusal(user: User, what: str, *, origin: Origin) -> None:
    """Write down that somebody was refused as this member of staff; `what` was wrong, not its text.

    Nobody is named as the actor: who it was is what was not shown.
    """
    record_event(
        Operation.REFUSED,
        origin=origin,
        actor_id=None,
        object_type="accounts.user",
        object_id=user.pk,
        object_name=user.full_name,
        note=what,
    )
