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

OPEN_STATES: Final = (_S.PENDING, _S.REQUIRES_ACTION)
# The provider has taken the buyer's money.
CAPTURED_STATES: Final = (_S.CAPTURED, _S.PARTIALLY_REFUNDED, _S.REFUNDED)

# Forward only: a late or repeated message cannot move a payment back. Money that arrives is money,
# whatever was said before it did.
TRANSITIONS: Final[dict[PaymentState, frozenset[PaymentState]]] = {
    _S.PENDING: frozenset({_S.REQUIRES_ACTION, _S.CAPTURED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    _S.REQUIRES_ACTION: frozenset({_S.CAPTURED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    _S.FAILED: frozenset({_S.CAPTURED}),
    _S.CANCELLED: frozenset({_S.CAPTURED}),
    _S.EXPIRED: frozenset({_S.CAPTURED}),
    _S.CAPTURED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.PARTIALLY_REFUNDED: frozenset({_S.REFUNDED}),
    _S.REFUNDED: frozenset(),
}


class OutcomeKind(models.TextChoices):
    """What a provider says has become of a payment."""

    PROCESSING = "processing"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # Money went back that this site did not send: somebody used the provider's own console.
    REFUNDED = "refunded"
    # The buyer asked their bank for the money: the provider holds it until that is decided.
    DISPUTED = "disputed"
    # How that ended: the buyer has the money, or it stays here.
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_WON = "dispute_won"
    UNKNOWN = "unknown"


class EventOutcome(models.TextChoices):
    """What became of a provider's message."""

    RECEIVED = "received"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    UNKNOWN_PAYMENT = "unknown_payment"
    AMOUNT_MISMATCH = "amount_mismatch"


class RefundKind(models.TextChoices):
    """Why money goes back."""

    CANCELLED = "cancelled", "Order cancelled"
    LATE = "late", "Paid too late"
    SURPLUS = "surplus", "Paid twice"
    RETURN = "return", "Goods returned"
    GOODWILL = "goodwill", "Goodwill"
    DISPUTE = "dispute", "Dispute decided"
    EXTERNAL = "external", "Made in the provider's console"
    CHARGEBACK = "chargeback", "Taken back by the buyer's bank"


class RefundStatus(models.TextChoices):
    AWAITING_APPROVAL = "awaiting_approval"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"


# What counts against the money that was captured.
CLAIMING_REFUNDS: Final = (
    RefundStatus.AWAITING_APPROVAL,
    RefundStatus.PENDING,
    RefundStatus.SUCCEEDED,
)


class TaskStatus(models.TextChoices):
    OPEN = "open"
    RESOLVED = "resolved"


class TaskKind(models.TextChoices):
    """What staff have to look at because no rule can decide it."""

    AMOUNT_MISMATCH = "amount_mismatch", "Another amount than was asked for"
    SUSPICIOUS = "suspicious", "Held by the provider as suspicious"
    REFUND_FAILED = "refund_failed", "A refund failed"
    REFUND_BY_HAND = "refund_by_hand", "Money to send back by hand"
    MISSING_AT_PROVIDER = "missing_at_provider", "The provider does not know the payment"
    UNKNOWN_AT_SITE = "unknown_at_site", "The provider has a payment that is not ours"
    STUCK = "stuck", "Open too long"
    CHARGEBACK = "chargeback", "The buyer's bank wants the money back"
