"""Checkout with carriers that name their own prices, or hang."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts.tests.factories import AddressFactory
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.tests.factories import VariantFactory
from orders.models import Order
from shops.shipping.models import ShippingMethod
from shops.shipping.tests.carriers import ghtk_on
from shops.tests.factories import ShippingMethodFactory

URL = "/api/v1/orders"


@pytest.fixture
def ghtk_server(settings):
    with ghtk_on(settings) as books:
        yield books


@pytest.fixture
def address(db):
    ShippingMethod.objects.all().delete()
    ShippingMethodFactory(carrier="GHTK")
    return AddressFactory(province="Hà Nội", district="Ba Đình")


@pytest.fixture
def api(address):
    client = APIClient()
    client.force_authenticate(address.user)
    return client


def body(address, **changes):
    variant = VariantFactory(stock=50, price_amount=100_000, weight_grams=500)
    items = [{"variant_id": str(variant.pk), "quantity": 2}]
    return {"address_id": str(address.pk), "items": items, **changes}


def test_price_that_was_quoted_is_the_price_that_is_paid(api, address, ghtk_server):
    wanted = body(address)

    quote = api.post(f"{URL}/quote", wanted).json()
    placed = api.post(URL, {**wanted, "expected_total": quote["total"]})

    assert quote["groups"][0]["shipping"]["fee"] == "22000"
    assert quote["groups"][0]["shipping"]["is_estimate"] is False
    assert placed.status_code == 201, placed.content
    [order] = placed.json()["orders"]
    assert (order["shipping_fee"], order["total"]) == ("22000", "222000")
    assert order["shipping_fee_is_estimate"] is False
    assert order["shipping_carrier"] == "GHTK"
    assert ghtk_server.called("fee") == 1


def test_price_that_changes_between_quote_and_order_is_told(api, address, ghtk_server):
    ghtk_server.fee = 30_000
    placed = api.post(URL, body(address, expected_total="222000"))

    assert placed.status_code == 409
    assert placed.json()["error"]["code"] == "price_changed"
    assert not Order.objects.exists()


def test_order_keeps_that_its_fee_was_an_estimate(api, address, ghtk_server):
    ghtk_server.fault = ("500", "fee")

    [order] = api.post(URL, body(address)).json()["orders"]

    assert (order["shipping_fee"], order["shipping_fee_is_estimate"]) == ("30000", True)


def test_repeated_order_is_answered_as_the_first_one(api, address, ghtk_server):
    cart = CartFactory(user=address.user)
    CartItemFactory(cart=cart, variant=VariantFactory(stock=5), quantity=1)

    def order():
        return api.post(URL, {"address_id": str(address.pk)}, headers={"Idempotency-Key": "one"})

    first, again = order(), order()

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()


def test_cart_says_how_and_when_it_can_be_sent(api, address, ghtk_server):
    cart = CartFactory(user=address.user)
    CartItemFactory(cart=cart, variant=VariantFactory(stock=5, weight_grams=100), quantity=2)

    without = api.get("/api/v1/cart").json()
    with_address = api.get(f"/api/v1/cart?address_id={address.pk}").json()
    with_province = api.get("/api/v1/cart?province=Hà Nội").json()

    assert without["groups"][0]["shipping_options"] == []
    assert with_address["groups"][0]["shipping_options"] == [
        {
            "service_code": "standard",
            "carrier": "GHTK",
            "name": "Giao hàng tiêu chuẩn",
            "fee": "22000",
            "min_days": 2,
            "max_days": 5,
            "is_estimate": False,
        }
    ]
    assert len(with_province["groups"][0]["shipping_options"]) == 1
    assert ghtk_server.calls[0][1]["weight"] == "200"
    foreign = AddressFactory()
    assert api.get(f"/api/v1/cart?address_id={foreign.pk}").status_code == 404
    assert APIClient().get(f"/api/v1/cart?address_id={address.pk}").status_code == 404
    assert api.get("/api/v1/cart?address_id=x").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_hanging_carrier_holds_no_buyer_and_no_transaction(address, ghtk_server):
    ghtk_server.fault = ("hang", "fee")
    orders = [body(AddressFactory(province="Hà Nội")) for _ in range(6)]
    from accounts.models import Address

    def order(wanted):
        client = APIClient()
        client.force_authenticate(Address.objects.get(pk=wanted["address_id"]).user)
        started = time.monotonic()
        response = client.post(URL, wanted)
        connections.close_all()
        return time.monotonic() - started, response

    def open_transactions() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND xact_start IS NOT NULL
                """
            )
            return int(cursor.fetchone()[0])

    with ThreadPoolExecutor(3) as pool:
        results = [pool.submit(order, wanted) for wanted in orders]
        while not ghtk_server.called("fee"):
            time.sleep(0.01)
        time.sleep(0.5)  # all three wait for the carrier now
        waiting = open_transactions()
        answers = [result.result() for result in results]

    assert waiting == 0
    assert {response.status_code for _, response in answers} == {201}
    placed = [response.json()["orders"][0] for _, response in answers]
    assert {order["shipping_fee"] for order in placed} == {"30000"}
    assert all(order["shipping_fee_is_estimate"] for order in placed)
    assert max(seconds for seconds, _ in answers) < 60
