"""Nobody decides on what is theirs: the one rule for whatever staff decide about others."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from shops.errors import ConflictOfInterest
from shops.selectors import works_for


def require_impartial(
    actor: User | None, *, shop_id: UUID | None = None, people: Iterable[UUID | None] = ()
) -> None:
    """Refuse a decision about a shop that the actor works for, or about the actor.

    `people` are whom it is about beside the shop, such as a buyer or an author. It holds for
    superusers too, who decide about everybody else; None is the system, which is nobody's.
    Raises: ConflictOfInterest.
    """
    if actor is None:
        return
    if actor.pk in people or (shop_id is not None and works_for(actor, shop_id)):
        raise ConflictOfInterest
