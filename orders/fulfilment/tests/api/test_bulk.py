"""Many orders at once, each on its own."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from catalog.tests.factories import VariantFactory
from marketplace.common.testing import drain_outbox
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.tests.factories import confirmed, parcel_of
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.tests.factories import place, place_one

URL = "/api/v1/seller/orders/bulk"

pytestmark = pytest.mark.django_db


def rows(response):
    assert response.status_code == 200, response.content
    return [(row["order_id"], row["ok"], row["code"]) for row in response.json()["results"]]


def test_each_order_is_confirmed_on_its_own(api_as):
    variant = VariantFactory(stock=10)
    first, second, gone = (place((variant, 1)).orders.get() for _ in range(3))
    foreign = place_one()
    cancel_order(gone.pk, actor=gone.buyer, actor_kind=ActorKind.BUYER, reason="")
    owner = api_as(variant.product.shop.owner)
    ids = [str(order.pk) for order in (first, gone, foreign, second, first)]

    done = owner.post(f"{URL}/confirm", {"order_ids": ids}, format="json")

    assert rows(done) == [
        (ids[0], True, ""),
        (ids[1], False, "invalid_transition"),
        (ids[2], False, "not_found"),
        (ids[3], True, ""),
    ]
    confirmed_ids = Order.objects.filter(status=OrderStatus.CONFIRMED).values_list("pk", flat=True)
    assert set(confirmed_ids) == {first.pk, second.pk}
    foreign.refresh_from_db()
    assert foreign.status == OrderStatus.PLACED
    for body in ({}, {"order_ids": []}, {"order_ids": ids * 21}, {"order_ids": "x"}):
        assert owner.post(f"{URL}/confirm", body, format="json").status_code == 400


def test_labels_of_many_orders_are_one_pdf(api_as, ghtk_server):
    variant = VariantFactory(stock=10, weight_grams=500)
    by_carrier, by_hand, bare = (confirmed((variant, 1)) for _ in range(3))
    parcel_of(by_carrier)
    parcel_of(by_hand, carrier="MANUAL", tracking_number="TAY-1")
    drain_outbox()
    foreign = confirmed()
    owner = api_as(variant.product.shop.owner)
    ids = [str(order.pk) for order in (by_hand, bare, foreign, by_carrier)]

    told = owner.post(f"{URL}/labels", {"order_ids": ids}, format="json")
    fetched = owner.get(told.json()["labels_url"])

    assert rows(told) == [
        (ids[0], True, ""),
        (ids[1], False, "label_not_ready"),
        (ids[2], False, "not_found"),
        (ids[3], True, ""),
    ]
    assert fetched["Content-Type"] == "application/pdf"
    pages = PdfReader(BytesIO(fetched.content)).pages
    # What the carrier sent cannot be read: its number on one of ours serves the driver as well.
    numbers = ["TAY-1", by_carrier.shipments.get().tracking_number]
    assert [number in page.extract_text() for number, page in zip(numbers, pages, strict=True)] == [
        True,
        True,
    ]
    none = owner.get(f"{URL}/labels", {"order_ids": ids[1]})
    assert (none.status_code, none.json()["error"]["code"]) == (409, "label_not_ready")
    assert owner.get(f"{URL}/labels", {"order_ids": "x"}).status_code == 400
