"""What the API reads of orders, in a constant number of queries."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Prefetch, QuerySet

from orders.checkout.place import PlacedOrder
from orders.fulfilment.models import Shipment, ShipmentEvent, ShipmentItem
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.models import Payment, Refund
from orders.returns.models import Return


def for_list(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Two queries for any number of orders: the orders with their shop and buyer, the items."""
    items = OrderItem.objects.order_by("pk")
    return orders.select_related("shop", "buyer").prefetch_related(Prefetch("items", items))


def for_detail(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Four queries: as for a list, with the timeline and the parcels.

    Most orders have neither refunds nor returns: the others take further ones. What is in parcels,
    and their steps, take two more where there are any.
    """
    events = OrderEvent.objects.order_by("pk")
    shipments = Shipment.objects.order_by("pk").prefetch_related(
        Prefetch("items", ShipmentItem.objects.order_by("pk")),
        Prefetch("events", ShipmentEvent.objects.order_by("happened_at", "pk")),
    )
    annotated = for_list(orders).annotate(
        has_refunds=Exists(Refund.objects.filter(order=OuterRef("pk"))),
        has_returns=Exists(Return.objects.filter(order=OuterRef("pk"))),
    )
    return annotated.prefetch_related(Prefetch("events", events), Prefetch("shipments", shipments))


def whole_checkout(checkout_id: UUID) -> Checkout:
    """Return a checkout with its orders as for their details, and its payments."""
    orders, payments = for_detail(Order.objects.order_by("pk")), Payment.objects.order_by("pk")
    related = (Prefetch("orders", orders), Prefetch("payments", payments))
    return Checkout.objects.prefetch_related(*related).get(pk=checkout_id)


def as_whole(placed: PlacedOrder) -> Checkout:
    """Return a checkout that has just been placed like one of `whole_checkout`, reading nothing.

    It is for rendering alone: what it is related to can be listed, not searched.
    """
    for order, event in zip(placed.orders, placed.timeline, strict=True):
        items = [item for item in placed.items if item.order_id == order.pk]
        _know(order, items=items, events=[event], shipments=[])
        vars(order).update(has_refunds=False, has_returns=False)
    _know(placed.checkout, orders=placed.orders, payments=[placed.payment])
    return placed.checkout


def _know(instance: Model, **related: Sequence[Model]) -> None:
    """Put rows where `prefetch_related` puts them."""
    vars(instance)["_prefetched_objects_cache"] = related
