"""Returns that the two sides do not agree on: before staff, who decide once."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind
from orders.payments.constants import CLAIMING_REFUNDS, RefundKind
from orders.payments.models import Refund
from orders.payments.services.refunds import Wanted, request_refund
from orders.payments.services.unsent_refunds import replace_refund
from orders.returns.constants import DECISIONS, DISPUTE_WINDOW, DisputeStatus, ReturnStatus
from orders.returns.errors import AlreadyDisputed, DisputeWindowClosed, UnitsNotReturnable
from orders.returns.events import ReturnDecided, ReturnDisputed, ReturnRefunded
from orders.returns.models import Dispute, Return
from orders.returns.selectors import refundable_units, returnable_units
from orders.returns.services._moves import lock_return, move, require_step
from orders.returns.services.receiving import money_is_back

_AFTER_RECEIPT = (ReturnStatus.RECEIVED, ReturnStatus.REFUNDED)


@transaction.atomic
def open_dispute(return_id: UUID, *, actor: User, reason: str) -> Dispute:
    """Ask staff, as the buyer, to decide about a return; once, within the days for it.

    Locks: the order, the return. Raises: NotFound; IllegalReturnStep; AlreadyDisputed;
    DisputeWindowClosed; UnitsNotReturnable when another return of a rejected one's units is made.
    Publishes: returns.disputed.
    """
    row = lock_return(return_id)
    if Dispute.objects.filter(return_request=row).exists():
        raise AlreadyDisputed
    require_step(row, ReturnStatus.DISPUTED, ActorKind.BUYER)
    if row.status != ReturnStatus.APPROVED and timezone.now() > row.moved_at + DISPUTE_WINDOW:
        raise DisputeWindowClosed
    if row.status == ReturnStatus.REJECTED:
        _require_units(row)
    dispute = Dispute.objects.create(return_request=row, from_status=row.status, reason=reason)
    move(row, ReturnStatus.DISPUTED, actor=actor, actor_kind=ActorKind.BUYER, note=reason)
    publish(ReturnDisputed(return_id=row.pk, order_id=row.order_id, dispute_id=dispute.pk))
    return dispute


@transaction.atomic
def refund_dispute(
    dispute_id: UUID,
    *,
    actor: User,
    reason: str,
    amount: int | None = None,
    with_shipping: bool = False,
) -> Dispute:
    """Decide for the buyer: all of the return's units that no refund pays for, or `amount` of it.

    An amount is of these units, and of the shipping fee once they are paid for. A refund of the
    return that failed is given up for it.

    Locks: the order, the return, the payment. Raises: NotFound; InvalidTransition; InvalidInput
    without a reason; RefundExceedsPayment; RefundNotPossible where nothing is left;
    ConflictOfInterest for staff of either side.
    Publishes: returns.decided, and what the refund publishes.
    """
    reason = _clean(reason)
    dispute, row = _lock_open(dispute_id)
    wanted = Wanted(
        units=_unpaid_units(row),
        with_shipping=with_shipping or amount is not None,
        amount=amount,
    )
    refund = request_refund(
        row.order_id,
        wanted,
        kind=RefundKind.DISPUTE,
        source=f"dispute:{dispute.pk}",
        actor=actor,
        reason=reason,
    )
    if row.refund_id:  # one that failed has its units paid for by the decision
        replace_refund(row.refund_id, actor=actor, reason=reason)
    _decide(dispute, DisputeStatus.REFUNDED, actor=actor, reason=reason, refund=refund)
    _move_on(row, dispute, ReturnStatus.DECIDED)
    return dispute


@transaction.atomic
def refuse_dispute(dispute_id: UUID, *, actor: User, reason: str) -> Dispute:
    """Decide for the seller: the return is what it was, and what was not taken back is rejected.

    Locks: the order, the return. Raises: NotFound; InvalidTransition; InvalidInput without a
    reason; ConflictOfInterest for staff of either side. Publishes: returns.decided.
    """
    reason = _clean(reason)
    dispute, row = _lock_open(dispute_id)
    _decide(dispute, DisputeStatus.REJECTED, actor=actor, reason=reason)
    if dispute.from_status not in _AFTER_RECEIPT:
        _move_on(row, dispute, ReturnStatus.REJECTED)
    elif money_is_back(row):
        _move_on(row, dispute, ReturnStatus.REFUNDED)
        if dispute.from_status == ReturnStatus.RECEIVED:  # the money came while staff looked at it
            publish(ReturnRefunded(return_id=row.pk, order_id=row.order_id))
    else:
        _move_on(row, dispute, ReturnStatus.RECEIVED)
    return dispute


def _lock_open(dispute_id: UUID) -> tuple[Dispute, Return]:
    return_id = Dispute.objects.filter(pk=dispute_id).values_list("return_request", flat=True)
    found = return_id.first()
    if found is None:
        raise NotFound
    row = lock_return(found)
    dispute = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute_id)
    if dispute.status != DisputeStatus.OPEN:
        raise InvalidTransition("This dispute is decided.")
    return dispute, row


def _decide(
    dispute: Dispute,
    status: DisputeStatus,
    *,
    actor: User,
    reason: str,
    refund: Refund | None = None,
) -> None:
    dispute.status, dispute.decision, dispute.refund = status, reason, refund
    dispute.decided_at, dispute.decided_by = timezone.now(), actor
    dispute.save(
        update_fields=["status", "decision", "refund", "decided_at", "decided_by", "updated_at"]
    )


def _move_on(row: Return, dispute: Dispute, to_status: ReturnStatus) -> None:
    move(
        row,
        to_status,
        actor=dispute.decided_by,
        actor_kind=ActorKind.STAFF,
        note=dispute.decision,
        steps=DECISIONS,
    )
    publish(
        ReturnDecided(
            return_id=row.pk,
            order_id=row.order_id,
            dispute_id=dispute.pk,
            is_for_buyer=dispute.status == DisputeStatus.REFUNDED,
            reason=dispute.decision,
        )
    )


def _unpaid_units(row: Return) -> dict[UUID, int]:
    left = refundable_units(row.order_id)
    is_paid = row.refund is not None and row.refund.status in CLAIMING_REFUNDS
    units = {}
    for line in row.lines.order_by("pk"):
        paid = (line.received_quantity or 0) if is_paid else 0
        if quantity := min(line.quantity - paid, left[line.order_item_id]):
            units[line.order_item_id] = quantity
    return units


def _require_units(row: Return) -> None:
    left = returnable_units(row.order_id, besides=row)
    lines = row.lines.order_by("pk")
    short = [
        (position, left[line.order_item_id])
        for position, line in enumerate(lines)
        if line.quantity > left[line.order_item_id]
    ]
    if short:
        raise UnitsNotReturnable(short)


def _clean(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput("reason", "Say why: both sides read it.", code="required")
    return reason
