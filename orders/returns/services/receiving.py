"""Goods that are back: onto the shelf or written off, and their money on its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from catalog.inventory.services import restock
from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.services import publish
from orders.constants import ActorKind
from orders.payments.constants import RefundKind, RefundStatus
from orders.payments.errors import RefundNotPossible
from orders.payments.models import Refund
from orders.payments.services.refunds import Wanted, request_refund
from orders.returns.constants import Disposition, ReturnStatus
from orders.returns.events import ReturnReceived, ReturnRefunded
from orders.returns.models import Dispute, Return, ReturnLine
from orders.returns.selectors import refundable_units
from orders.returns.services._holding import follow_hold
from orders.returns.services._moves import lock_return, move, require_step

# Nothing more becomes of these.
_ENDED = {RefundStatus.SUCCEEDED, RefundStatus.REJECTED}


@dataclass(frozen=True)
class Received:
    """How many units of one item came, and what becomes of them."""

    quantity: int
    disposition: Disposition = Disposition.RESTOCK


@transaction.atomic
def receive_return(
    return_id: UUID,
    *,
    actor: User,
    actor_kind: ActorKind,
    received: Mapping[UUID, Received] | None = None,
    with_shipping: bool = False,
    reason: str = "",
) -> Return:
    """Record which units came back, by order item, and have their money sent.

    None means all of them, back onto the shelf; an item that is left out did not come.
    Locks: the order, the return, the payment, then the stock items by pk.
    Raises: NotFound; IllegalReturnStep; InvalidInput. Publishes: returns.received, and what the
    refund publishes.
    """
    row = lock_return(return_id)
    require_step(row, ReturnStatus.RECEIVED, actor_kind)
    lines = list(row.lines.select_related("order_item").order_by("pk"))
    _write_down(lines, received)
    refund = _refund(row, lines, with_shipping=with_shipping, actor=actor)
    _restock(row, lines, actor)
    move(
        row,
        ReturnStatus.RECEIVED,
        actor=actor,
        actor_kind=actor_kind,
        note=reason,
        refund=refund,
        with_shipping=with_shipping,
        received_at=timezone.now(),
    )
    publish(ReturnReceived(return_id=row.pk, order_id=row.order_id, actor_kind=actor_kind.value))
    return row


@transaction.atomic
def follow_refund(refund_id: UUID) -> bool:
    """Let a return say that its money has gone back, once all of it has.

    One whose refund was not approved is closed as it is: nobody waits for money any more.
    Idempotent. Locks: the order, the return. Publishes: returns.refunded.
    """
    row = _return_of(refund_id)
    if row is None or row.status not in {ReturnStatus.RECEIVED, ReturnStatus.DECIDED}:
        return False
    statuses = _refund_statuses(row)
    if row.closed_at or not statuses <= _ENDED:
        return False
    if RefundStatus.SUCCEEDED in statuses:
        move(row, ReturnStatus.REFUNDED, actor=None, actor_kind=ActorKind.SYSTEM)
        publish(ReturnRefunded(return_id=row.pk, order_id=row.order_id))
    else:
        row.closed_at = timezone.now()
        row.save(update_fields=["closed_at", "updated_at"])
        follow_hold(row.order)
    return True


def money_is_back(row: Return) -> bool:
    """Tell whether a return's own refund has succeeded; False where there is none."""
    return _refund_statuses(row) == {RefundStatus.SUCCEEDED}


def _refund_statuses(row: Return) -> set[str]:
    """Return the statuses of a return's refunds, the one that staff decided on too."""
    refunds = Refund.objects.filter(Q(return_of=row) | Q(dispute_of__return_request=row))
    return set(refunds.values_list("status", flat=True))


def _write_down(lines: list[ReturnLine], received: Mapping[UUID, Received] | None) -> None:
    by_item = {line.order_item_id: line for line in lines}
    if received is None:
        received = {line.order_item_id: Received(line.quantity) for line in lines}
    for item_id, came in received.items():
        line = by_item.get(item_id)
        if line is None:
            raise InvalidInput("items", "This return has no such item.")
        if came.quantity > line.quantity:
            raise InvalidInput("items", f"Of this item {line.quantity} units were to come.")
    for item_id, line in by_item.items():
        came = received.get(item_id, Received(0))
        line.received_quantity = came.quantity
        line.disposition = came.disposition if came.quantity else ""
        line.save(update_fields=["received_quantity", "disposition", "updated_at"])


def _refund(
    row: Return, lines: list[ReturnLine], *, with_shipping: bool, actor: User
) -> Refund | None:
    """Ask for the money of what came; None where all of it went back already."""
    left = refundable_units(row.order_id)
    units = {
        line.order_item_id: min(line.received_quantity or 0, left[line.order_item_id])
        for line in lines
    }
    units = {item_id: quantity for item_id, quantity in units.items() if quantity}
    if not units:
        return None
    try:
        return request_refund(
            row.order_id,
            Wanted(units=units, with_shipping=with_shipping),
            kind=RefundKind.RETURN,
            source=f"return:{row.pk}",
            actor=actor,
            reason=row.get_reason_display(),
        )
    except RefundNotPossible:
        return None


def _restock(row: Return, lines: list[ReturnLine], actor: User) -> None:
    units = {
        line.order_item.variant_id: line.received_quantity
        for line in lines
        if line.received_quantity and line.disposition == Disposition.RESTOCK
    }
    if units:
        restock(units, reference=row.pk, actor=actor, note="Returned by the buyer")


def _return_of(refund_id: UUID) -> Return | None:
    of_return = Return.objects.filter(refund=refund_id).values_list("pk", flat=True).first()
    of_dispute = Dispute.objects.filter(refund=refund_id).values_list("return_request", flat=True)
    found = of_return or of_dispute.first()
    return lock_return(found) if found else None
