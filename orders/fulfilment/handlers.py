"""What follows from the events of orders and parcels."""

from marketplace.common.outbox.registry import handles
from orders.events import OrderCancelled
from orders.fulfilment.booking import book_shipment, call_off_parcels
from orders.fulfilment.events import ParcelReported, ShipmentRequested
from orders.fulfilment.reports import poll_shipment
from orders.payments.events import RefundSucceeded


@handles(ShipmentRequested, external=True)
def tell_carrier(event: ShipmentRequested) -> None:
    """Tell the carrier at once; the periodic job makes up for what goes wrong here."""
    book_shipment(event.shipment_id)


@handles(ParcelReported, external=True)
def ask_carrier(event: ParcelReported) -> None:
    """Confirm a report at once; polling makes up for what goes wrong here."""
    poll_shipment(event.shipment_id)


@handles(OrderCancelled)
def call_off(event: OrderCancelled) -> None:
    """Call off the parcels of a cancelled order."""
    call_off_parcels(event.order_id)


@handles(RefundSucceeded)
def call_off_refunded(event: RefundSucceeded) -> None:
    """Call off the parcels of an order whose money is all back before it was handed over."""
    call_off_parcels(event.order_id)
