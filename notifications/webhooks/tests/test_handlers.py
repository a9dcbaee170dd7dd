"""Which endpoints are told of what."""

import json

import pytest
from django.db import transaction

from accounts.tests.factories import UserFactory
from catalog.constants import ProductStatus
from catalog.events import ProductModerated
from catalog.inventory.events import InventoryLow
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.outbox.registry import handled_event_id
from marketplace.common.outbox.services import publish
from marketplace.common.testing import drain_outbox
from notifications.webhooks.constants import WebhookDeliveryState
from notifications.webhooks.handlers import send_placed_order
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.tests.factories import WebhookDeliveryFactory, WebhookEndpointFactory
from orders.constants import ActorKind, OrderStatus
from orders.events import OrderPlaced
from orders.fulfilment.services import change_status
from orders.payments.events import OrderPaid
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import delivered, return_in
from orders.settlement.events import PayoutPaid
from orders.settlement.tests.factories import make_payout
from orders.tests.factories import place_one
from shops.events import ShopHandedOver
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def tell(*events):
    with transaction.atomic():
        publish(*events)
    drain_outbox()


def bodies(endpoint):
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk")
    return [json.loads(row.body) for row in rows]


def test_order_is_told_to_its_shop_and_the_platform_alone():
    order = place_one(2)
    own, platform = WebhookEndpointFactory(shop=order.shop), WebhookEndpointFactory(shop=None)
    for bystander in (
        {},
        {"shop": order.shop, "is_active": False},
        {"shop": order.shop, "topics": ["payout.paid"]},
    ):
        WebhookEndpointFactory(**bystander)

    drain_outbox()

    (body,) = bodies(own)
    event = OutboxEvent.objects.get(topic="orders.placed")
    assert (body["id"], body["topic"]) == (str(event.pk), "order.placed")
    assert body["shop_id"] == str(order.shop_id)
    item = order.items.get()
    assert body["data"] == {
        "order_id": str(order.pk),
        "order_number": order.number,
        "checkout_id": str(order.checkout_id),
        "status": "placed",
        "payment_status": "unpaid",
        "payment_method": "COD",
        "total": str(order.total_amount),
        "currency": "VND",
        "items": [
            {
                "id": str(item.pk),
                "product_id": str(item.product_id),
                "variant_id": str(item.variant_id),
                "sku": item.sku,
                "quantity": 2,
                "unit_price": str(item.unit_price_amount),
            }
        ],
    }
    assert bodies(platform) == [body]
    assert WebhookDelivery.objects.count() == 2


def test_steps_of_an_order_are_told_once_each():
    order = place_one()
    drain_outbox()
    own = WebhookEndpointFactory(shop=order.shop)
    actor = {"actor": order.shop.owner, "actor_kind": ActorKind.SELLER}

    change_status(order.pk, OrderStatus.CONFIRMED, **actor)
    change_status(order.pk, OrderStatus.CANCELLED, reason="Sold out", **actor)
    drain_outbox()

    told = [(body["topic"], body["data"]) for body in bodies(own)]
    assert [
        (topic, data["from_status"], data["status"], data["actor"]) for topic, data in told
    ] == [
        ("order.status_changed", "placed", "confirmed", "seller"),
        ("order.cancelled", "confirmed", "cancelled", "seller"),
    ]
    assert told[1][1]["reason"] == "Sold out"


def test_other_events_are_told_with_ids_and_states():
    variant = VariantFactory()
    other = VariantFactory()
    shop, product = variant.shop, variant.product
    row = return_in(ReturnStatus.REQUESTED, delivered((variant, 1)))
    payout = make_payout(shop)
    drain_outbox()
    own, platform = WebhookEndpointFactory(shop=shop), WebhookEndpointFactory(shop=None)
    status = ProductStatus.REJECTED

    tell(
        ProductModerated(product.pk, shop.pk, status=status, reason="Blurred"),
        PayoutPaid(payout.pk, shop.pk),
        OrderPaid(row.order_id, row.order_id),
        InventoryLow((variant.pk, other.pk)),
    )

    told = {body["topic"]: body["data"] for body in bodies(own)}
    assert told["product.rejected"]["reason"] == "Blurred"
    assert told["payout.paid"]["amount"] == str(payout.amount)
    assert told["order.paid"]["order_number"] == row.order.number
    assert [each["sku"] for each in told["stock.low"]["variants"]] == [variant.sku]
    assert set(told) == {"product.rejected", "payout.paid", "order.paid", "stock.low"}
    # The platform hears of each shop's stock in a message of its own.
    assert sorted(body["topic"] for body in bodies(platform)) == [
        *("order.paid", "payout.paid", "product.rejected", "stock.low", "stock.low")
    ]


def test_return_is_told_as_it_moves():
    row = return_in(ReturnStatus.REQUESTED, delivered((VariantFactory(), 1)))
    own = WebhookEndpointFactory(shop=row.shop, topics=["return.requested"])

    drain_outbox()

    (body,) = bodies(own)
    assert body["data"]["return_id"] == str(row.pk)
    assert body["data"]["status"] == "requested"
    assert [item["quantity"] for item in body["data"]["items"]] == [1]


def test_nobody_listening_costs_one_query(django_assert_num_queries):
    order = place_one()
    WebhookEndpointFactory(shop=ShopFactory())

    token = handled_event_id.set(order.pk)
    with django_assert_num_queries(1):
        send_placed_order(OrderPlaced(order.pk, order.checkout_id, order.buyer_id, order.shop_id))
    handled_event_id.reset(token)


def test_endpoints_of_a_shop_that_is_handed_over_are_switched_off():
    delivery = WebhookDeliveryFactory()
    shop = delivery.endpoint.shop
    bystanders = [WebhookEndpointFactory(), WebhookEndpointFactory(shop=None)]
    with transaction.atomic():
        publish(ShopHandedOver(shop.pk, from_user_id=shop.owner_id, to_user_id=UserFactory().pk))
    bystanders.append(WebhookEndpointFactory(shop=shop))  # the new owner's

    drain_outbox()

    delivery.refresh_from_db()
    assert delivery.state == WebhookDeliveryState.FAILED
    assert set(WebhookEndpoint.objects.filter(is_active=True)) == set(bystanders)
    assert WebhookEndpoint.objects.get(is_active=False) == delivery.endpoint
