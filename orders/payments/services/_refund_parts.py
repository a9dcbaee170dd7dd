"""What of an order can go back, and which parts of it a refund takes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from orders.models import Order
from orders.payments.constants import CLAIMING_REFUNDS, RefundStatus
from orders.payments.models import Payment, PaymentShare, Refund, RefundLine
from orders.payments.splitting import AMOUNTS, Part, owed_of


def sold_parts(order: Order) -> list[Part]:
    """Return what an order was sold for, item by item, and its shipping and tax."""
    items = [
        Part(
            item.pk,
            quantity=item.quantity,
            goods_amount=item.line_total_amount,
            seller_discount_amount=item.seller_discount_amount,
            platform_discount_amount=item.platform_discount_amount,
        )
        for item in order.items.order_by("pk")
    ]
    rest = Part(
        None,
        shipping_amount=order.shipping_fee_amount,
        seller_discount_amount=order.seller_shipping_discount_amount,
        platform_discount_amount=order.platform_shipping_discount_amount,
        tax_amount=order.tax_amount,
    )
    return [*items, rest]


def refundable_amount(order: Order, payment: Payment) -> int:
    """Return what is left of an order's share of a payment, counting what is on its way back."""
    share = PaymentShare.objects.get(payment=payment, order=order)
    claimed = _claims(order, payment).aggregate(total=Sum("amount"))["total"] or 0
    return share.captured_amount - int(claimed)


def refunded_parts(order: Order, payment: Payment, sold: Iterable[Part]) -> dict[UUID | None, Part]:
    """Return what went back of each part, or is on its way."""
    return _parts_of(_claims(order, payment), sold)


def owed_of_refund(refund: Refund, order: Order, payment: Payment) -> int:
    """Return how much of a failed refund the buyer has not got by those that were sent."""
    sold = sold_parts(order)
    sent = _parts_of(_claims(order, payment).filter(status=RefundStatus.SUCCEEDED), sold)
    whole = {part.item_id: part for part in sold}
    parts = [part_of(line) for line in refund.lines.all()]
    return sum(owed_of(part, whole[part.item_id], sent[part.item_id]) for part in parts)


def part_of(line: RefundLine) -> Part:
    return Part(line.order_item_id, **{name: getattr(line, name) for name in AMOUNTS})


def _claims(order: Order, payment: Payment) -> QuerySet[Refund]:
    return Refund.objects.filter(order=order, payment=payment, status__in=CLAIMING_REFUNDS)


def _parts_of(refunds: QuerySet[Refund], sold: Iterable[Part]) -> dict[UUID | None, Part]:
    lines = RefundLine.objects.filter(refund__in=refunds)
    totals = {f"{name}_sum": Sum(name) for name in AMOUNTS}
    sums: dict[UUID | None, Any] = {
        row["order_item"]: row for row in lines.values("order_item").annotate(**totals)
    }
    return {
        part.item_id: Part(
            part.item_id,
            **{name: int(sums.get(part.item_id, {}).get(f"{name}_sum") or 0) for name in AMOUNTS},
        )
        for part in sold
    }
