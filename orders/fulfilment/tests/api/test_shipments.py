"""Parcels through the seller's API, their labels, and carriers' messages over HTTP."""

from io import BytesIO

import pytest
from django.utils.encoding import iri_to_uri
from pypdf import PdfReader
from rest_framework.test import APIClient

from marketplace.common.testing import drain_outbox
from orders.fulfilment.models import CarrierMessage, Shipment
from orders.fulfilment.tests.factories import booked, confirmed, ghtk_says, parcel_of, vtp_says
from orders.tests.factories import place_one
from shops.shipping.tests.carriers import PDF

URL = "/api/v1/seller/orders"

pytestmark = pytest.mark.django_db


def sign_in(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def order():
    return confirmed()


@pytest.fixture
def seller_api(order):
    return sign_in(order.shop.owner)


def post(client, order, **body):
    return client.post(f"{URL}/{order.number}/shipments", body, format="json")


def test_seller_books_a_parcel_and_watches_it(seller_api, order, ghtk_server):
    response = post(seller_api, order, weight_grams=1_200, note="Hàng dễ vỡ")

    assert response.status_code == 201, response.content
    made = response.json()
    item = order.items.get()
    assert made["items"] == [{"order_item_id": str(item.pk), "quantity": 2}]
    assert made["carrier"] == "GHTK"
    assert (made["booking_status"], made["status"]) == ("pending", "created")
    assert (made["cash_on_delivery"], made["weight_grams"]) == ("230000", 1_200)
    assert [event["status"] for event in made["events"]] == ["created"]
    drain_outbox()
    detail = seller_api.get(f"{URL}/{order.pk}").json()
    assert detail["status"] == "packed"
    assert detail["shipment"]["booking_status"] == "booked"
    assert detail["shipment"]["tracking_number"]
    assert detail["shipments"] == [detail["shipment"]]
    assert ghtk_server.calls[0][1]["order"]["note"] == "Hàng dễ vỡ"


def test_order_takes_two_statements_more_with_parcels_however_many(
    order, ghtk_server, django_assert_num_queries
):
    item = order.items.get()
    buyer = sign_in(order.buyer)
    with django_assert_num_queries(4):  # the order, its items, timeline, parcels
        buyer.get(f"/api/v1/orders/{order.pk}")
    for _ in range(2):
        booked(order, items={item.pk: 1})

    with django_assert_num_queries(6):
        response = buyer.get(f"/api/v1/orders/{order.pk}")

    assert len(response.json()["shipments"]) == 2
    assert "booking_status" not in response.json()["shipments"][0]


def test_parcels_need_a_confirmed_order_and_something_left(seller_api, order, ghtk_server):
    unconfirmed = place_one()
    early = post(sign_in(unconfirmed.shop.owner), unconfirmed)
    post(seller_api, order)
    late = post(seller_api, order)

    assert (early.status_code, early.json()["error"]["code"]) == (409, "invalid_transition")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "nothing_left_to_ship")
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"carrier": "VIETTEL_POST"}, "carrier"),
        ({"carrier": "DHL"}, "carrier"),
        ({"weight_grams": 0}, "weight_grams"),
        ({"items": []}, "items"),
        ({"items": [{"order_item_id": "x", "quantity": 1}]}, "items.0.order_item_id"),
        ({"items": [{"order_item_id": "01900000-0000-7000-8000-000000000000", "quantity": 1}]},
         "items"),
    ],
)  # fmt: skip
def test_parcel_that_cannot_be_made_names_the_field(seller_api, order, ghtk_server, body, field):
    response = post(seller_api, order, **body)

    assert response.status_code == 400, response.content
    assert response.json()["error"]["details"][0]["field"] == field
    assert not Shipment.objects.exists()


def test_parcels_of_another_shop_are_not_found(order, ghtk_server):
    shipment = booked(order)
    other = sign_in(place_one().shop.owner)

    for response in (
        post(other, order),
        other.post(f"{URL}/{order.pk}/shipments/{shipment.pk}/cancel"),
        other.get(f"{URL}/{order.pk}/label"),
    ):
        assert response.status_code == 404
    shipment.refresh_from_db()
    assert shipment.booking_status == "booked"


def test_seller_calls_a_parcel_off(seller_api, order, ghtk_server):
    shipment = booked(order)
    cancel = f"{URL}/{order.pk}/shipments/{shipment.pk}/cancel"

    assert seller_api.post(cancel).json()["booking_status"] == "cancelling"
    drain_outbox()

    again = seller_api.post(cancel)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "invalid_transition")
    detail = seller_api.get(f"{URL}/{order.pk}").json()
    assert detail["shipment"]["status"] == "cancelled"
    foreign = f"{URL}/{order.pk}/shipments/{booked().pk}/cancel"
    assert seller_api.post(foreign).status_code == 404


def test_label_is_the_carriers(seller_api, order, ghtk_server):
    url = f"{URL}/{order.pk}/label"
    shipment = parcel_of(order)
    early = seller_api.get(url)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "label_not_ready")
    drain_outbox()

    response = seller_api.get(url)

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content == PDF
    assert response["Content-Disposition"] == f'inline; filename="{order.number}.pdf"'
    assert seller_api.get(f"{url}?shipment_id={shipment.pk}").content == PDF
    assert seller_api.get(f"{url}?shipment_id={order.pk}").status_code == 409
    assert seller_api.get(f"{url}?shipment_id=x").status_code == 400


@pytest.mark.parametrize("fault", ["500", "html", "drop"])
def test_label_is_drawn_here_where_the_carrier_has_none(seller_api, order, ghtk_server, fault):
    shipment = booked(order)
    ghtk_server.fault = (fault, "/services/label/")

    response = seller_api.get(f"{URL}/{order.pk}/label")

    [page] = PdfReader(BytesIO(response.content)).pages
    text = page.extract_text()
    assert shipment.tracking_number in text
    assert "230.000" in text or "230,000" in text
    assert "1 Tràng Tiền" in text
    assert order.shipping_address["recipient_name"] in text


def test_label_by_hand_shows_whatever_people_wrote(order):
    order.shipping_address["recipient_name"] = "<b>Nguyễn</b> 🛍️ " + "x" * 300
    order.save(update_fields=["shipping_address"])
    seller = sign_in(order.shop.owner)
    assert post(seller, order, carrier="MANUAL").status_code == 201

    response = seller.get(f"{URL}/{order.pk}/label")

    [page] = PdfReader(BytesIO(response.content)).pages
    assert "<b>Nguyễn</b>" in page.extract_text()


@pytest.mark.parametrize("fault", [("500", "/services/label/"), None])
def test_labels_of_several_parcels_are_one_file(seller_api, order, ghtk_server, fault):
    item = order.items.get()
    ghtk_server.fault, ghtk_server.label = fault, b"%PDF-1.4 broken off"
    for _ in range(2):
        booked(order, items={item.pk: 1})

    response = seller_api.get(f"{URL}/{order.pk}/label")

    pages = PdfReader(BytesIO(response.content)).pages
    numbers = Shipment.objects.order_by("pk").values_list("tracking_number", flat=True)
    assert [number in page.extract_text() for number, page in zip(numbers, pages, strict=True)] == [
        True,
        True,
    ]


def test_ghtk_reports_by_a_form_with_the_secret_in_the_address(api, ghtk_server):
    shipment = booked()
    message = ghtk_says(shipment, 3, 1)
    url = f"/api/v1/webhooks/ghtk?{message.query}"
    form = "application/x-www-form-urlencoded"

    taken = api.post(url, message.body.decode(), content_type=form)
    forged = api.post(f"{url}x", message.body.decode(), content_type=form)

    assert (taken.status_code, forged.status_code) == (200, 403)
    assert CarrierMessage.objects.get().outcome == "applied"
    shipment.refresh_from_db()
    assert shipment.status == "picked_up"
    assert "ghtk-webhook-secret" not in CarrierMessage.objects.get().payload


def test_viettel_post_reports_by_json_with_a_token(api, viettel_post_server):
    shipment = booked(confirmed(carrier="VIETTEL_POST"))
    message = vtp_says(shipment, 105, 1)
    url = "/api/v1/webhooks/viettelpost"

    taken = api.post(url, message.body, content_type="application/json")
    forged = api.post(
        url, message.body.replace(b"vtp-webhook", b"x"), content_type="application/json"
    )

    assert (taken.status_code, forged.status_code) == (200, 403)
    assert api.post(url, b"\x00", content_type="text/plain").status_code == 403
    shipment.refresh_from_db()
    assert shipment.status == "picked_up"


def test_carrier_that_is_off_is_not_there(api):
    for path in ("ghtk?hash=", "viettelpost"):
        response = api.post(iri_to_uri(f"/api/v1/webhooks/{path}"), {}, format="json")
        assert response.status_code == 404
