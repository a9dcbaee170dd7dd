"""What follows from the events of payments."""

from marketplace.common.outbox.registry import handles
from orders.payments.events import RefundRequested
from orders.payments.services.send_refunds import send_refund


@handles(RefundRequested, external=True)
def send_requested_refund(event: RefundRequested) -> None:
    """Ask the provider at once; the periodic job makes up for what goes wrong here."""
    send_refund(event.refund_id)
