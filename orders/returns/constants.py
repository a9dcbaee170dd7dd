from datetime import timedelta
from typing import Final

from django.db import models

from orders.constants import ActorKind

MAX_PHOTOS: Final = 5
MAX_REASON_LENGTH: Final = 500
# Returns of one order, those that came to nothing too.
MAX_RETURNS: Final = 20
# After a step that the buyer does not agree with.
DISPUTE_WINDOW: Final = timedelta(days=7)


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECEIVED = "received"
    # Before staff: the buyer does not agree with the seller.
    DISPUTED = "disputed"
    # By staff, for the buyer: money is on its way.
    DECIDED = "decided"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class ReturnReason(models.TextChoices):
    DAMAGED = "damaged", "Damaged or broken"
    DEFECTIVE = "defective", "Does not work"
    WRONG_ITEM = "wrong_item", "Something else than was ordered"
    NOT_AS_DESCRIBED = "not_as_described", "Not as described"
    MISSING_PARTS = "missing_parts", "Parts are missing"
    COUNTERFEIT = "counterfeit", "Not genuine"
    CHANGED_MIND = "changed_mind", "Changed one's mind"
    OTHER = "other", "Something else"


class Disposition(models.TextChoices):
    """What becomes of goods that came back."""

    RESTOCK = "restock", "Back on the shelf"
    WRITE_OFF = "write_off", "Written off"


class DisputeStatus(models.TextChoices):
    OPEN = "open"
    REFUNDED = "refunded", "Decided for the buyer"
    REJECTED = "rejected", "Decided for the seller"


_S, _A = ReturnStatus, ActorKind

Steps = dict[tuple[ReturnStatus, ReturnStatus], frozenset[ActorKind]]

# Who may make which step. Nothing else moves.
TRANSITIONS: Final[Steps] = {
    (_S.REQUESTED, _S.APPROVED): frozenset({_A.SELLER, _A.STAFF, _A.SYSTEM}),
    (_S.REQUESTED, _S.REJECTED): frozenset({_A.SELLER, _A.STAFF}),
    (_S.REQUESTED, _S.CANCELLED): frozenset({_A.BUYER}),
    # The buyer keeps the goods after all, or has not sent them in time.
    (_S.APPROVED, _S.CANCELLED): frozenset({_A.BUYER, _A.SYSTEM}),
    (_S.APPROVED, _S.RECEIVED): frozenset({_A.SELLER, _A.STAFF}),
    # The seller says nothing of goods that were sent.
    (_S.APPROVED, _S.DISPUTED): frozenset({_A.BUYER}),
    (_S.REJECTED, _S.DISPUTED): frozenset({_A.BUYER}),
    (_S.RECEIVED, _S.DISPUTED): frozenset({_A.BUYER}),
    (_S.REFUNDED, _S.DISPUTED): frozenset({_A.BUYER}),
    (_S.RECEIVED, _S.REFUNDED): frozenset({_A.SYSTEM}),
    (_S.DECIDED, _S.REFUNDED): frozenset({_A.SYSTEM}),
}
# How staff end a dispute, which no other action does. Refused, a return is what it was before, but
# goods that staff do not believe in are not waited for.
DECISIONS: Final[Steps] = {
    (_S.DISPUTED, to_status): frozenset({_A.STAFF})
    for to_status in (_S.DECIDED, _S.REJECTED, _S.RECEIVED, _S.REFUNDED)
}

# Nothing is waited for any more.
CLOSED: Final = frozenset({_S.REJECTED, _S.REFUNDED, _S.CANCELLED})

# What a seller may ask for; the table above says from where.
SELLER_STEPS: Final = [
    (status.value, status.label) for status in (_S.APPROVED, _S.REJECTED, _S.RECEIVED)
]
