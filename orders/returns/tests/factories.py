"""Returns for tests, asked for the way buyers ask for them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments import fake
from orders.payments.models import Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.send_refunds import send_refund
from orders.payments.services.start import start_payment
from orders.payments.tests.factories import captured, place_online
from orders.returns.constants import ReturnReason, ReturnStatus
from orders.returns.models import Return
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import open_dispute, refund_dispute
from orders.returns.services.receiving import follow_refund, receive_return
from orders.returns.services.requesting import cancel_return, request_return

STEPS = (
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


def deliver(order: Order) -> Order:
    """Take a placed order to its buyer."""
    for step in STEPS:
        change_status(order.pk, step, actor=order.shop.owner, actor_kind=ActorKind.SELLER)
    order.refresh_from_db()
    return order


def delivered(*lines: tuple[ProductVariant, int], **kwargs: Any) -> Order:
    """Return an order that was paid online, by a provider that sends money back, and delivered."""
    payment = place_online(*(lines or ((VariantFactory(stock=10), 3),)), **kwargs)
    start_payment(payment)
    fake.decide(payment.reference, "paid")
    apply_outcome(payment.pk, captured(payment))
    return deliver(payment.checkout.orders.get())


def ask(order: Order, units: Any = None, **kwargs: Any) -> Return:
    """Ask to return units by item, or all; a number is so many of each."""
    if not isinstance(units, dict):
        items = order.items.order_by("pk")
        units = {item.pk: units or item.quantity for item in items}
    kwargs.setdefault("reason", ReturnReason.DAMAGED)
    return request_return(order.pk, units, buyer=order.buyer, **kwargs)


def seller_of(row: Return) -> dict[str, Any]:
    return {"actor": row.order.shop.owner, "actor_kind": ActorKind.SELLER}


def return_in(status: ReturnStatus, order: Order | None = None) -> Return:
    """Return a return in that state, taken there by those whose steps they are."""
    row = ask(order or delivered())
    buyer, seller = row.order.buyer, seller_of(row)
    match status:
        case ReturnStatus.APPROVED:
            approve_return(row.pk, **seller)
        case ReturnStatus.REJECTED:
            reject_return(row.pk, reason="Used.", **seller)
        case ReturnStatus.CANCELLED:
            cancel_return(row.pk, actor=buyer)
        case ReturnStatus.RECEIVED | ReturnStatus.REFUNDED:
            approve_return(row.pk, **seller)
            receive_return(row.pk, **seller)
        case ReturnStatus.DISPUTED | ReturnStatus.DECIDED:
            reject_return(row.pk, reason="Used.", **seller)
            dispute = open_dispute(row.pk, actor=buyer, reason="It was not.")
            if status == ReturnStatus.DECIDED:
                refund_dispute(dispute.pk, actor=StaffFactory(), reason="The photos show it.")
    if status == ReturnStatus.REFUNDED:
        send_money(row)
    row.refresh_from_db()
    return row


def send_money(row: Return) -> None:
    """Let the refunds of a return succeed, and the return follow."""
    for refund in Refund.objects.filter(order=row.order_id, status="pending"):
        send_refund(refund.pk)
        follow_refund(refund.pk)


def make_overdue(row: Return) -> None:
    """Let the deadline of a return have passed."""
    Return.objects.filter(pk=row.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
