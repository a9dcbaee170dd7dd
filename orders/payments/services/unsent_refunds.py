"""Refunds that staff see to: what a provider refused to send, and cash."""

from uuid import UUID

from django.db import transaction

from marketplace.common.errors import InvalidTransition
from orders.payments.constants import RefundStatus
from orders.payments.models import Refund
from orders.payments.services._refund_steps import claim_again, complete, lock_all, release


@transaction.atomic
def retry_refund(refund_id: UUID) -> Refund:
    """Send a failed refund once more.

    Locks: the order, its payment, the refund. Raises: InvalidTransition; RefundExceedsPayment when
    its money, or what it was for, went back in another way meanwhile.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status != RefundStatus.FAILED:
        raise InvalidTransition("Only a refund that failed can be tried again.")
    claim_again(refund, order, payment)
    refund.retries += 1
    refund.provider_reference = ""
    refund.save(update_fields=["retries", "provider_reference", "updated_at"])
    release(refund)
    return refund


@transaction.atomic
def record_sent_by_hand(refund_id: UUID, *, reference: str) -> Refund:
    """Record that staff sent a refund from the bank: cash, or what its provider refused to send.

    Locks: the order, its payment, the refund. Raises: InvalidTransition; RefundExceedsPayment as
    `retry_refund`. Publishes: payments.refunded.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status == RefundStatus.FAILED:
        claim_again(refund, order, payment)
    elif refund.status != RefundStatus.PENDING:
        raise InvalidTransition("This refund does not wait to be sent.")
    complete(refund, order, payment, reference=reference[:255], by_hand=True)
    return refund
