"""Which events endpoints hear of, and what they are told: ids and states, nothing personal."""

from functools import partial
from typing import Any
from uuid import UUID, uuid5

from catalog.constants import ProductStatus
from catalog.events import ProductModerated
from catalog.inventory.events import InventoryLow
from catalog.models import Product, ProductVariant
from marketplace.common.money import format_amount
from marketplace.common.outbox.registry import handled_event_id, handles
from notifications.constants import NotificationType
from notifications.services.telling import notify
from notifications.webhooks.constants import WebhookTopic
from notifications.webhooks.events import WebhookSwitchedOff
from notifications.webhooks.models import WebhookEndpoint
from notifications.webhooks.selectors import who_keeps
from notifications.webhooks.services.endpoints import switch_off_endpoints
from notifications.webhooks.services.making import tell_endpoints
from orders.constants import OrderStatus
from orders.events import OrderCancelled, OrderPlaced, OrderStatusChanged
from orders.models import Order
from orders.payments.events import OrderPaid
from orders.returns.events import (
    ReturnApproved,
    ReturnCancelled,
    ReturnEventBase,
    ReturnReceived,
    ReturnRefunded,
    ReturnRejected,
    ReturnRequested,
)
from orders.returns.models import Return
from orders.settlement.events import PayoutPaid
from orders.settlement.models import Payout
from shops.events import ShopHandedOver

Said = tuple[UUID, dict[str, Any]]

_OF_MODERATION = {
    ProductStatus.ACTIVE: WebhookTopic.PRODUCT_APPROVED,
    ProductStatus.REJECTED: WebhookTopic.PRODUCT_REJECTED,
    ProductStatus.SUSPENDED: WebhookTopic.PRODUCT_SUSPENDED,
}


@handles(OrderPlaced)
def send_placed_order(event: OrderPlaced) -> None:
    _tell_of_order(
        WebhookTopic.ORDER_PLACED, event.order_id, status=OrderStatus.PLACED, with_items=True
    )


@handles(OrderPaid)
def send_paid_order(event: OrderPaid) -> None:
    _tell_of_order(WebhookTopic.ORDER_PAID, event.order_id, payment_id=str(event.payment_id))


@handles(OrderStatusChanged)
def send_order_step(event: OrderStatusChanged) -> None:
    """Tell of every step after the first, of which OrderPlaced tells."""
    if event.to_status != OrderStatus.PLACED:
        _tell_of_order(
            WebhookTopic.ORDER_STATUS_CHANGED,
            event.order_id,
            status=event.to_status,
            from_status=event.from_status,
            actor=event.actor_kind,
        )


@handles(OrderCancelled)
def send_cancelled_order(event: OrderCancelled) -> None:
    """Tell unless it was never paid: nobody heard of that order."""
    if event.from_status != OrderStatus.PENDING_PAYMENT:
        _tell_of_order(
            WebhookTopic.ORDER_CANCELLED,
            event.order_id,
            status=OrderStatus.CANCELLED,
            from_status=event.from_status,
            actor=event.actor_kind,
            reason=event.reason,
        )


@handles(ReturnRequested)
def send_requested_return(event: ReturnRequested) -> None:
    _tell_of_return(WebhookTopic.RETURN_REQUESTED, event)


@handles(ReturnApproved)
def send_approved_return(event: ReturnApproved) -> None:
    _tell_of_return(WebhookTopic.RETURN_APPROVED, event)


@handles(ReturnRejected)
def send_rejected_return(event: ReturnRejected) -> None:
    _tell_of_return(WebhookTopic.RETURN_REJECTED, event)


@handles(ReturnCancelled)
def send_cancelled_return(event: ReturnCancelled) -> None:
    _tell_of_return(WebhookTopic.RETURN_CANCELLED, event)


@handles(ReturnReceived)
def send_received_return(event: ReturnReceived) -> None:
    _tell_of_return(WebhookTopic.RETURN_RECEIVED, event)


@handles(ReturnRefunded)
def send_refunded_return(event: ReturnRefunded) -> None:
    _tell_of_return(WebhookTopic.RETURN_REFUNDED, event)


@handles(ProductModerated)
def send_moderated_product(event: ProductModerated) -> None:
    tell_endpoints(
        _OF_MODERATION[ProductStatus(event.status)],
        event_id=handled_event_id.get(),
        shops=[event.shop_id],
        data=partial(_product_data, event),
    )


@handles(InventoryLow)
def send_low_stock(event: InventoryLow) -> None:
    """Tell each shop of its own variants, as an event of its own."""
    shops = ProductVariant.objects.filter(pk__in=event.variant_ids).values("shop")
    if not WebhookEndpoint.objects.subscribed(WebhookTopic.STOCK_LOW, shops).exists():
        return
    variants = ProductVariant.objects.filter(pk__in=event.variant_ids).select_related("stock")
    by_shop: dict[UUID, list[dict[str, Any]]] = {}
    for variant in variants.order_by("pk"):
        by_shop.setdefault(variant.shop_id, []).append(
            {
                "id": str(variant.pk),
                "product_id": str(variant.product_id),
                "sku": variant.sku,
                "available": variant.stock.available,
            }
        )
    for shop_id, rows in by_shop.items():
        tell_endpoints(
            WebhookTopic.STOCK_LOW,
            event_id=uuid5(handled_event_id.get(), str(shop_id)),
            shops=[shop_id],
            data=partial(_low_stock_data, shop_id, rows),
        )


@handles(PayoutPaid)
def send_paid_payout(event: PayoutPaid) -> None:
    tell_endpoints(
        WebhookTopic.PAYOUT_PAID,
        event_id=handled_event_id.get(),
        shops=[event.shop_id],
        data=partial(_payout_data, event),
    )


@handles(ShopHandedOver)
def stop_endpoints_of_former_owner(event: ShopHandedOver) -> None:
    """Send a shop's events nowhere until its new owner has said where to."""
    switch_off_endpoints(event.shop_id, made_before=handled_event_id.get())


@handles(WebhookSwitchedOff)
def tell_of_switched_off_endpoint(event: WebhookSwitchedOff) -> None:
    """Tell the shop's owner, or the staff who keep the platform's endpoints."""
    endpoint = WebhookEndpoint.objects.select_related("shop").filter(pk=event.endpoint_id).first()
    if endpoint is None:
        return
    notify(
        [(user_id, NotificationType.WEBHOOK_SWITCHED_OFF) for user_id in who_keeps(endpoint)],
        event_key=f"{event.topic}:{handled_event_id.get()}",
        values={"address": endpoint.url},
        data={"endpoint_id": str(endpoint.pk)},
    )


def _tell_of_order(
    topic: WebhookTopic, order_id: UUID, *, with_items: bool = False, **also: str
) -> None:
    tell_endpoints(
        topic,
        event_id=handled_event_id.get(),
        shops=Order.objects.filter(pk=order_id).values("shop"),
        data=partial(_order_data, order_id, with_items, also),
    )


def _order_data(order_id: UUID, with_items: bool, also: dict[str, str]) -> Said:
    order = Order.objects.get(pk=order_id)
    said: dict[str, Any] = {
        "order_id": str(order.pk),
        "order_number": order.number,
        "checkout_id": str(order.checkout_id),
        "status": order.status,
        "payment_status": order.payment_status,
        "payment_method": order.payment_method,
        "total": format_amount(order.total_amount, order.currency),
        "currency": order.currency,
        **{name: str(value) for name, value in also.items()},
    }
    if with_items:
        said["items"] = [
            {
                "id": str(item.pk),
                "product_id": str(item.product_id),
                "variant_id": str(item.variant_id),
                "sku": item.sku,
                "quantity": item.quantity,
                "unit_price": format_amount(item.unit_price_amount, order.currency),
            }
            for item in order.items.order_by("pk")
        ]
    return order.shop_id, said


def _tell_of_return(topic: WebhookTopic, event: ReturnEventBase) -> None:
    tell_endpoints(
        topic,
        event_id=handled_event_id.get(),
        shops=Return.objects.filter(pk=event.return_id).values("shop"),
        data=partial(_return_data, topic, event),
    )


def _return_data(topic: WebhookTopic, event: ReturnEventBase) -> Said:
    row = Return.objects.select_related("order").get(pk=event.return_id)
    return row.shop_id, {
        "return_id": str(row.pk),
        "order_id": str(row.order_id),
        "order_number": row.order.number,
        # What the event says: by now, the return may have moved on.
        "status": topic.partition(".")[2],
        "reason": row.reason,
        "items": [
            {"order_item_id": str(line.order_item_id), "quantity": line.quantity}
            for line in row.lines.order_by("pk")
        ],
    }


def _product_data(event: ProductModerated) -> Said:
    product = Product.objects.get(pk=event.product_id)
    return event.shop_id, {
        "product_id": str(product.pk),
        "slug": product.slug,
        "status": event.status,
        "reason": event.reason,
    }


def _low_stock_data(shop_id: UUID, variants: list[dict[str, Any]]) -> Said:
    return shop_id, {"variants": variants}


def _payout_data(event: PayoutPaid) -> Said:
    payout = Payout.objects.get(pk=event.payout_id)
    return event.shop_id, {
        "payout_id": str(payout.pk),
        "amount": format_amount(payout.amount, payout.currency),
        "currency": payout.currency,
        "bank_reference": payout.bank_reference,
    }
