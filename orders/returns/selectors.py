"""What of an order can still be returned or refunded, and what hangs on returns."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery, Sum

from accounts.models import User
from orders.models import Order, OrderItem
from orders.payments.constants import CLAIMING_REFUNDS, RefundKind, RefundStatus
from orders.payments.models import Refund, RefundLine
from orders.payments.selectors import payments_of
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return, ReturnLine

_BY_RETURNS = (RefundKind.RETURN, RefundKind.DISPUTE)
# Their money has not been asked for yet.
_BEFORE_MONEY = (ReturnStatus.REQUESTED, ReturnStatus.APPROVED, ReturnStatus.DISPUTED)


def returnable_units(order_id: UUID, *, besides: Return | None = None) -> dict[UUID, int]:
    """Return how many units of each item no return has claimed and no refund has paid for.

    `besides` is a return that does not count. To be relied on, the order must be locked.
    """
    claimed = _lines(order_id).filter(return_request__in=Return.objects.claiming())
    if besides is not None:
        claimed = claimed.exclude(return_request=besides)
    refunded = _refunded(order_id).exclude(refund__kind__in=_BY_RETURNS)
    return _minus(_bought(order_id), _units(claimed), _units(refunded))


def refundable_units(order_id: UUID) -> dict[UUID, int]:
    """Return how many units of each item no refund has paid for yet; the order is locked."""
    return _minus(_bought(order_id), _units(_refunded(order_id)))


def units_free_of_returns(order_id: UUID) -> dict[UUID, int]:
    """Return of how many units of each item no open return will ask for the money."""
    waiting = _lines(order_id).filter(return_request__status__in=_BEFORE_MONEY)
    return _minus(refundable_units(order_id), _units(waiting))


def refunded_amount(row: Return) -> int:
    """Return how much of a return's money has gone back, in smallest units."""
    back = Refund.objects.filter(
        Q(return_of=row) | Q(dispute_of__return_request=row), status=RefundStatus.SUCCEEDED
    )
    return int(back.aggregate(total=Sum("amount"))["total"] or 0)


def due_at(row: Return) -> datetime | None:
    """Return until when the seller answers, or the goods come, as it is enforced."""
    if row.deadline_at is None:
        return None
    found: Any = Return.objects.with_due().get(pk=row.pk)
    due: datetime = found.due_at
    return due


def held_returns(buyer: User) -> list[dict[str, Any]]:
    """Return the user's returns for the export of all that is held about them, the oldest first."""
    lines: dict[UUID, list[Any]] = defaultdict(list)
    for line in (
        ReturnLine.objects.filter(return_request__order__buyer=buyer)
        .order_by("pk")
        .values("return_request", "order_item__title", "quantity")
    ):
        item = {"title": line["order_item__title"], "quantity": line["quantity"]}
        lines[line["return_request"]].append(item)
    returns = Return.objects.requested_by(buyer).order_by("pk")
    return [
        {**row, "items": lines[row["id"]]}
        for row in returns.values(
            "id", "order__number", "status", "reason", "comment", "answer", "created_at"
        )
    ]


def open_return_numbers(orders: QuerySet[Order], limit: int) -> list[str]:
    """Return the numbers of those orders that have open returns."""
    rows = Return.objects.open().filter(order__in=orders).order_by("pk")
    return list(rows.values_list("order__number", flat=True)[:limit])


def _lines(order_id: UUID) -> QuerySet[ReturnLine]:
    return ReturnLine.objects.filter(return_request__order=order_id)


def _refunded(order_id: UUID) -> QuerySet[RefundLine]:
    """Return what went back of an order's items; money that came twice was not for them."""
    kept = payments_of(order_id).values("pk")[:1]
    return RefundLine.objects.filter(
        Q(refund__payment=Subquery(kept)) | Q(refund__amount=0),
        refund__order=order_id,
        refund__status__in=CLAIMING_REFUNDS,
        order_item__isnull=False,
    )


def _bought(order_id: UUID) -> dict[UUID, int]:
    return dict(OrderItem.objects.filter(order=order_id).values_list("pk", "quantity"))


def _units(lines: QuerySet[Any]) -> dict[UUID, int]:
    return dict(
        lines.order_by()
        .values("order_item")
        .annotate(units=Sum("quantity"))
        .values_list("order_item", "units")
    )


def _minus(units: dict[UUID, int], *others: dict[UUID, int]) -> dict[UUID, int]:
    return {
        item_id: max(quantity - sum(other.get(item_id, 0) for other in others), 0)
        for item_id, quantity in units.items()
    }
