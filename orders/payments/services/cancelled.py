"""What becomes of the money of an order that is cancelled."""

from orders.models import Order
from orders.payments.constants import RefundKind
from orders.payments.services.cash import cancel_share
from orders.payments.services.refunds import paying_payment, refund_rest


def settle_cancelled(order: Order) -> None:
    """Send back what was paid for a cancelled order, or stop expecting it; the order is locked.

    Idempotent. Locks: the payment. Publishes: payments.refund_requested.
    """
    payment = paying_payment(order)
    if payment is None:
        cancel_share(order)
    else:
        refund_rest(
            order,
            payment,
            kind=RefundKind.CANCELLED,
            source=f"cancel:{order.pk}",
            reason=order.cancel_reason,
        )
