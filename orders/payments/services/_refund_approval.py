"""Which refunds a second person has to see before they are sent."""

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from orders.models import Order
from orders.payments.constants import RefundKind, RefundStatus
from orders.payments.models import Refund

# Asked for by the system, for money that has nothing to stay for, or that has gone already.
_AUTOMATIC = frozenset(
    {
        RefundKind.CANCELLED,
        RefundKind.LATE,
        RefundKind.SURPLUS,
        RefundKind.EXTERNAL,
        RefundKind.CHARGEBACK,
    }
)


def needs_second_person(order: Order, amount: int, *, kind: str, actor: User | None) -> bool:
    """Tell whether a refund is large, with what people sent back of the order on their own.

    Money to oneself is never small.
    """
    if amount == 0 or kind in _AUTOMATIC:
        return False
    if amount > settings.REFUND_APPROVAL_AMOUNT or _is_buyer(order, actor):
        return True
    unseen = Refund.objects.filter(
        order=order, approved_by=None, status__in=(RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    ).exclude(kind__in=_AUTOMATIC)
    alone = unseen.aggregate(total=Sum("amount"))["total"] or 0
    return amount + int(alone) > settings.REFUND_APPROVAL_AMOUNT


def needs_second_person_again(refund: Refund) -> bool:
    """Tell whether a failed refund may not be sent by one person: it did not count while it failed.

    Once a second person has seen it, it is as good for each further try.
    """
    if refund.approved_by_id:
        return False
    return needs_second_person(
        refund.order, refund.amount, kind=refund.kind, actor=refund.requested_by
    )


def _is_buyer(order: Order, actor: User | None) -> bool:
    return actor is not None and actor.pk == order.buyer_id
