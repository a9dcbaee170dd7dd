"""Reading the rows that services change."""

from uuid import UUID

from orders.models import Order
from orders.payments.models import Payment, PaymentShare


def lock_with_orders(payment_id: UUID) -> tuple[Payment, list[Order]]:
    """Lock the orders that a payment is for, by pk, and then the payment. Raises: DoesNotExist."""
    shares = PaymentShare.objects.filter(payment=payment_id)
    orders = Order.objects.lock_all(shares.values_list("order_id", flat=True))
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id), orders
