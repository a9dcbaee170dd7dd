"""Parcels for tests, and carriers' messages about them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import drain_outbox
from marketplace.common.webhooks import Message
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.booking import WantedParcel, add_shipment
from orders.fulfilment.models import Shipment
from orders.models import Order
from orders.payments.tests.factories import place_paid
from orders.services.progress import advance_order
from orders.tests.factories import place
from shops.shipping.carriers.reading import VIETNAM
from shops.shipping.tests.carriers import GHTK_SECRET, VTP_SECRET

START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)


def confirmed(*lines: tuple[ProductVariant, int], carrier: str = "GHTK", **kwargs: Any) -> Order:
    """A cash order that its shop has confirmed: two units at 100,000 ₫ and 30,000 ₫ shipping."""
    lines = lines or ((VariantFactory(stock=10, price_amount=100_000, weight_grams=500), 2),)
    return _confirm(place(*lines, **kwargs).orders.get(), carrier)


def confirmed_and_paid(*, carrier: str = "GHTK") -> Order:
    """An order whose money is there already."""
    return _confirm(place_paid((VariantFactory(stock=10, price_amount=100_000), 2)), carrier)


def _confirm(order: Order, carrier: str) -> Order:
    Order.objects.filter(pk=order.pk).update(shipping_carrier=carrier)
    advance_order(
        order.pk, OrderStatus.CONFIRMED, actor=order.shop.owner, actor_kind=ActorKind.SELLER
    )
    order.refresh_from_db()
    return order


def parcel_of(order: Order, **wanted: Any) -> Shipment:
    """Make a parcel as the shop does."""
    return add_shipment(
        order.pk, WantedParcel(**wanted), actor=order.shop.owner, actor_kind=ActorKind.SELLER
    )


def booked(order: Order | None = None, **wanted: Any) -> Shipment:
    """A parcel that its carrier has taken on."""
    shipment = parcel_of(order or confirmed(), **wanted)
    drain_outbox()
    shipment.refresh_from_db()
    return shipment


def make_due(shipment: Shipment) -> None:
    """Let the time of the next try have come."""
    past = timezone.now() - timedelta(seconds=1)
    Shipment.objects.filter(pk=shipment.pk).update(next_try_at=past)
    shipment.refresh_from_db()


def ghtk_says(
    shipment: Shipment, status: int, hours: float = 0, *, secret: str = GHTK_SECRET, **changes: Any
) -> Message:
    """A message of GHTK's, so many hours after the start."""
    at = (START + timedelta(hours=hours)).astimezone(VIETNAM)
    fields = {
        "label_id": shipment.tracking_number,
        "partner_id": shipment.reference,
        "status_id": status,
        "action_time": at.isoformat(),
        "reason_code": "",
        "reason": "",
        "weight": "1.0",
        "fee": 22_000,
        "pick_money": shipment.cod_amount,
        "return_part_package": 0,
        **changes,
    }
    return Message(urlencode(fields, safe=":+").encode(), query=f"hash={secret}")


def vtp_says(shipment: Shipment, status: int, hours: float = 0, **changes: Any) -> Message:
    """A message of Viettel Post's, so many hours after the start."""
    at = (START + timedelta(hours=hours)).astimezone(VIETNAM)
    data = {
        "ORDER_NUMBER": shipment.tracking_number,
        "ORDER_REFERENCE": shipment.reference,
        "ORDER_STATUSDATE": f"{at:%d/%m/%Y %H:%M:%S}",
        "ORDER_STATUS": status,
        "STATUS_NAME": "…",
        "MONEY_COLLECTION": shipment.cod_amount,
        **changes,
    }
    return Message(json.dumps({"DATA": data, "TOKEN": VTP_SECRET}).encode())
