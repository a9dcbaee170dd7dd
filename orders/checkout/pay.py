"""Another try to pay a checkout."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.constants import OrderStatus
from orders.models import Checkout, Order
from orders.payments.errors import NotPayable
from orders.payments.models import Payment
from orders.payments.services.start import create_payment, is_paid_online


@transaction.atomic
def pay_checkout(checkout_id: UUID, *, method: str) -> Payment:
    """Write a new payment for what a checkout still waits for; start it after the commit.

    Locks: the checkout's orders by pk. Raises: NotPayable when nothing waits for an online payment,
    what waits costs nothing, or the time is over; InvalidInput for a method that is not set up.
    """
    is_online = is_paid_online(method)
    ids = Order.objects.filter(checkout_id=checkout_id).values_list("pk", flat=True)
    orders = Order.objects.lock_all(ids)
    waiting = [order for order in orders if order.status == OrderStatus.PENDING_PAYMENT]
    checkout = Checkout.objects.get(pk=checkout_id)
    is_over = checkout.expires_at is None or checkout.expires_at <= timezone.now()
    if not any(order.total_amount for order in waiting) or is_over or not is_online:
        raise NotPayable
    return create_payment(checkout, waiting, method=method, expires_at=checkout.expires_at)
