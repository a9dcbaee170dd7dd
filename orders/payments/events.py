"""Facts that payments publish. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class PaymentCaptured(Event):
    """The provider has taken the buyer's money."""

    topic = "payments.captured"

    payment_id: UUID
    checkout_id: UUID


@dataclass(frozen=True)
class PaymentFailed(Event):
    """One try to pay failed; the checkout may still be paid while its goods are held."""

    topic = "payments.failed"

    payment_id: UUID
    checkout_id: UUID


@dataclass(frozen=True)
class OrderPaid(Event):
    """An order's money has arrived before its goods are sent."""

    topic = "orders.paid"

    order_id: UUID
    payment_id: UUID


@dataclass(frozen=True)
class RefundRequested(Event):
    """Money is to be sent back: the worker asks the provider."""

    topic = "payments.refund_requested"

    refund_id: UUID
    order_id: UUID


@dataclass(frozen=True)
class RefundSucceeded(Event):
    """The provider has sent the buyer's money back."""

    topic = "payments.refunded"

    refund_id: UUID
    order_id: UUID


@dataclass(frozen=True)
class RefundRejected(Event):
    """Staff did not approve a large refund, or closed one that failed: nothing is sent."""

    topic = "payments.refund_rejected"

    refund_id: UUID
    order_id: UUID


@dataclass(frozen=True)
class RefundFailed(Event):
    """The provider will not send the money back: staff have to."""

    topic = "payments.refund_failed"

    refund_id: UUID
    order_id: UUID
