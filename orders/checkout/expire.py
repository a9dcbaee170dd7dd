"""Give back what unpaid online checkouts hold once their time is over."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from catalog.inventory.constants import ReservationStatus
from catalog.inventory.services import release
from orders.constants import ActorKind, OrderStatus
from orders.models import Checkout, Order
from orders.payments.services.cash import expire_payments
from orders.services.cancel import cancel_locked, give_back_vouchers


def due_checkouts(limit: int) -> list[UUID]:
    """Return the ids of checkouts whose reservation has run out, the oldest first."""
    due = Checkout.objects.filter(expires_at__lte=Now()).order_by("expires_at")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def expire_checkout(checkout_id: UUID) -> int:
    """Cancel the orders of an unpaid checkout; returns how many.

    Idempotent: an order that was paid or cancelled meanwhile is left alone, and its stock is given
    back once, as are its vouchers. Locks: the orders by pk, then payments, vouchers by pk, stock
    items by pk.
    Publishes: orders.cancelled per order.
    """
    ids = Order.objects.filter(checkout_id=checkout_id).values_list("pk", flat=True)
    orders = [
        order
        for order in Order.objects.lock_all(ids)
        if order.status == OrderStatus.PENDING_PAYMENT
    ]
    checkout = Checkout.objects.filter(pk=checkout_id, expires_at__lte=Now())
    if checkout.update(expires_at=None, updated_at=Now()) == 0:
        return 0
    if orders:
        expire_payments(checkout_id)
    for order in orders:
        cancel_locked(
            order, actor=None, actor_kind=ActorKind.SYSTEM, reason="The payment did not arrive."
        )
    give_back_vouchers(orders)
    release([order.pk for order in orders], status=ReservationStatus.EXPIRED)
    return len(orders)
