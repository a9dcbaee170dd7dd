from typing import Final

from django.db import models


class PaymentState(models.TextChoices):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_S = PaymentState

# Forward only: a late or repeated message cannot move a payment back.
TRANSITIONS: Final[dict[PaymentState, frozenset[PaymentState]]] = {
    _S.PENDING: frozenset({_S.REQUIRES_ACTION, _S.CAPTURED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    _S.REQUIRES_ACTION: frozenset({_S.CAPTURED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    _S.CAPTURED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.PARTIALLY_REFUNDED: frozenset({_S.REFUNDED}),
    _S.REFUNDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}
