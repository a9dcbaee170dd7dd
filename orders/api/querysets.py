"""What the API reads of orders, in a constant number of queries."""

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from orders.fulfilment.models import Shipment
from orders.models import Order, OrderEvent, OrderItem
from orders.payments.models import Refund
from orders.returns.models import Return


def for_list(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Two queries for any number of orders: the orders with their shop and buyer, the items."""
    items = OrderItem.objects.order_by("pk")
    return orders.select_related("shop", "buyer").prefetch_related(Prefetch("items", items))


def for_detail(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Four queries: as for a list, with the timeline and the parcels.

    Most orders have neither refunds nor returns: the others take further ones.
    """
    events, shipments = OrderEvent.objects.order_by("pk"), Shipment.objects.order_by("pk")
    annotated = for_list(orders).annotate(
        has_refunds=Exists(Refund.objects.filter(order=OuterRef("pk"))),
        has_returns=Exists(Return.objects.filter(order=OuterRef("pk"))),
    )
    return annotated.prefetch_related(Prefetch("events", events), Prefetch("shipments", shipments))
