"""Returns and disputes."""

from marketplace.common.local_days import local_day
from marketplace.common.money import display_amount
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import (
    Told,
    order_data,
    order_of,
    order_values,
    team_of,
    tell,
    tell_staff,
)
from orders.constants import ActorKind
from orders.returns.events import (
    ReturnApproved,
    ReturnCancelled,
    ReturnDecided,
    ReturnDisputed,
    ReturnEventBase,
    ReturnReceived,
    ReturnRefunded,
    ReturnRejected,
    ReturnRequested,
)
from orders.returns.models import Return
from orders.returns.selectors import due_at, refunded_amount
from shops.constants import TeamRole


@handles(ReturnRequested)
def tell_of_requested_return(event: ReturnRequested) -> None:
    _tell_of_return(event, owner=NotificationType.RETURN_REQUESTED)


@handles(ReturnApproved)
def tell_of_approved_return(event: ReturnApproved) -> None:
    """Tell the buyer, and a shop that did not answer."""
    is_silence = event.actor_kind == ActorKind.SYSTEM
    _tell_of_return(
        event,
        buyer=NotificationType.RETURN_APPROVED,
        owner=NotificationType.RETURN_APPROVED_BY_SILENCE if is_silence else None,
    )


@handles(ReturnRejected)
def tell_of_rejected_return(event: ReturnRejected) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_REJECTED, reason=event.reason)


@handles(ReturnReceived)
def tell_of_received_return(event: ReturnReceived) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_RECEIVED)


@handles(ReturnRefunded)
def tell_of_refunded_return(event: ReturnRefunded) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_REFUNDED)


@handles(ReturnCancelled)
def tell_of_cancelled_return(event: ReturnCancelled) -> None:
    """Tell the shop, and a buyer who did not send the goods in time."""
    is_late = event.actor_kind == ActorKind.SYSTEM
    kind = NotificationType.RETURN_CANCELLED
    _tell_of_return(event, owner=kind, buyer=kind if is_late else None)


@handles(ReturnDisputed)
def tell_of_disputed_return(event: ReturnDisputed) -> None:
    """Tell the shop, and the staff who decide."""
    _tell_of_return(event, owner=NotificationType.DISPUTE_OPENED)
    order = order_of(event.order_id)
    tell_staff(
        "returns.change_dispute",
        NotificationType.DISPUTE_TO_DECIDE,
        event.topic,
        values=order_values(order),
        data={"dispute_id": str(event.dispute_id), "order_number": order.number},
    )


@handles(ReturnDecided)
def tell_of_decided_dispute(event: ReturnDecided) -> None:
    kind = NotificationType.DISPUTE_DECIDED
    _tell_of_return(event, buyer=kind, owner=kind, reason=event.reason)


def _tell_of_return(
    event: ReturnEventBase,
    *,
    buyer: NotificationType | None = None,
    owner: NotificationType | None = None,
    reason: str = "",
) -> None:
    order, row = order_of(event.order_id), Return.objects.get(pk=event.return_id)
    told: list[Told] = [] if owner is None else team_of(order.shop, TeamRole.ORDERS, owner)
    if buyer is not None:
        told.append((order.buyer_id, buyer))
    until = due_at(row)
    tell(
        told,
        event.topic,
        values={
            **order_values(order),
            "reason": reason,
            "until": f"{local_day(until):%Y-%m-%d}" if until else "",
            "amount": display_amount(refunded_amount(row), order.currency),
        },
        data={**order_data(order), "return_id": str(row.pk)},
    )
