"""Refunds that staff see to: what a provider refused to send, and cash."""

from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.services import publish
from orders.constants import PaymentMethod
from orders.payments.constants import RefundStatus
from orders.payments.errors import RefundStillOwed, SecondPersonNeeded
from orders.payments.events import RefundRejected
from orders.payments.models import Refund
from orders.payments.services._refund_approval import needs_second_person_again
from orders.payments.services._refund_parts import owed_of_refund
from orders.payments.services._refund_steps import claim_again, complete, end, lock_all, release
from orders.payments.services.send_refunds import ATTEMPTS_BEFORE_STAFF, LEASE
from orders.payments.services.tasks import close_tasks_of
from shops.services.impartiality import require_impartial


@transaction.atomic
def retry_refund(refund_id: UUID) -> Refund:
    """Send a failed refund once more, after a second person's approval where it needs one now.

    Locks: the order, its payment, the refund. Raises: InvalidTransition; RefundExceedsPayment when
    its money, or what it was for, went back in another way meanwhile.
    Publishes: payments.refund_requested, unless it waits for a second person.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status != RefundStatus.FAILED:
        raise InvalidTransition("Only a refund that failed can be tried again.")
    must_wait = needs_second_person_again(refund)
    status = RefundStatus.AWAITING_APPROVAL if must_wait else RefundStatus.PENDING
    claim_again(refund, order, payment, status=status)
    refund.retries += 1
    refund.provider_reference = ""
    refund.save(update_fields=["retries", "provider_reference", "updated_at"])
    if not must_wait:
        release(refund)
    return refund


@transaction.atomic
def record_sent_by_hand(refund_id: UUID, *, reference: str) -> Refund:
    """Record that staff sent a refund from the bank: cash, or what its provider does not send.

    Locks: the order, its payment, the refund. Raises: InvalidTransition, also while the provider
    may be sending it; RefundExceedsPayment as `retry_refund`; SecondPersonNeeded for one that waits
    for an approval when it is tried again. Publishes: payments.refunded.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status == RefundStatus.FAILED:
        if needs_second_person_again(refund):
            raise SecondPersonNeeded("It needs a second person's approval: try it again first.")
        claim_again(refund, order, payment)
    elif refund.status != RefundStatus.PENDING:
        raise InvalidTransition("This refund does not wait to be sent.")
    elif payment.provider != PaymentMethod.COD and not _is_stuck(refund):
        raise InvalidTransition("Its provider is asked to send it: wait until that has failed.")
    complete(refund, order, payment, reference=reference[:255], by_hand=True)
    return refund


@transaction.atomic
def close_refund(
    refund_id: UUID, *, actor: User, reason: str, replaced_by: UUID | None = None
) -> Refund:
    """Give up a failed refund whose money the buyer has in another way; it holds nothing any more.

    Of units the books say whether they were paid otherwise. Of an amount they cannot: it is
    `replaced_by` one that was sent, which stands for failed ones up to its own amount.
    Locks: the order, its payment, the refund. Raises: NotFound; InvalidTransition; RefundStillOwed;
    InvalidInput for one that replaces nothing; ConflictOfInterest for the buyer, and who works for
    the shop.
    Publishes: payments.refund_rejected; orders.returns closes what waited for it.
    """
    refund, order, payment = lock_all(refund_id)
    if refund.status != RefundStatus.FAILED:
        raise InvalidTransition("Only a refund that failed can be closed.")
    require_impartial(actor, shop_id=order.shop_id, people=[order.buyer_id])
    if replaced_by is not None:
        _replace(refund, replaced_by)
    elif owed := owed_of_refund(refund, order, payment):
        raise RefundStillOwed(owed=owed, currency=refund.currency)
    _give_up(refund, actor=actor, reason=reason)
    return refund


@transaction.atomic
def replace_refund(refund_id: UUID, *, actor: User, reason: str) -> bool:
    """Give up a refund where it failed and another one, that was decided on, takes its place.

    Else both of them could be sent. False for one that did not fail: it counts.
    Locks: the order, its payment, the refund. Publishes: payments.refund_rejected.
    """
    refund, _order, _payment = lock_all(refund_id)
    if refund.status != RefundStatus.FAILED:
        return False
    _give_up(refund, actor=actor, reason=reason)
    return True


def _replace(refund: Refund, other_id: UUID) -> None:
    """Have one refund stand for another of the same locked order, as far as it goes."""
    if _is_of_units(refund):
        raise InvalidInput("replaced_by", "It was for units: what went back of them counts.")
    sent = Refund.objects.filter(
        order=refund.order_id, payment=refund.payment_id, status=RefundStatus.SUCCEEDED
    )
    # What was asked for before it cannot have been meant to stand for it.
    other = sent.filter(pk=other_id, pk__gt=refund.pk).first()
    if other is None or _is_of_units(other):
        raise InvalidInput(
            "replaced_by", "This is no amount that was sent for the same order after it."
        )
    used = other.replaces.aggregate(total=Sum("amount"))["total"] or 0
    owed = refund.amount - (other.amount - int(used))
    if owed > 0:
        raise RefundStillOwed(owed=owed, currency=refund.currency)
    refund.replaced_by = other
    refund.save(update_fields=["replaced_by", "updated_at"])


def _is_of_units(refund: Refund) -> bool:
    return refund.lines.filter(quantity__gt=0).exists()


def _give_up(refund: Refund, *, actor: User, reason: str) -> None:
    end(refund, RefundStatus.REJECTED, error=f"{actor}: {reason}")
    close_tasks_of(refund, actor=actor, note=reason)
    publish(RefundRejected(refund_id=refund.pk, order_id=refund.order_id))


def _is_stuck(refund: Refund) -> bool:
    """Tell whether its provider was asked often, in vain, and is not being asked just now.

    What it has taken on is not in vain, however long it takes: it has the last word on that.
    """
    if refund.provider_reference:
        return False
    is_idle = refund.updated_at < timezone.now() - LEASE
    return refund.attempts >= ATTEMPTS_BEFORE_STAFF and is_idle
