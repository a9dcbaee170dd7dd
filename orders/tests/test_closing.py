"""Open orders keep accounts and shops open, and leave with the export."""

from threading import Event

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.services import close_account
from accounts.tests.factories import PASSWORD, AddressFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import run_in_parallel
from orders.checkout import place as checkout
from orders.checkout.place import OrderRequest, WantedItem, place_order
from orders.constants import ActorKind, OrderStatus
from orders.errors import OpenOrders, ProductUnavailable
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.tests.factories import place, place_one
from shops.constants import ShopStatus
from shops.models import Shop
from shops.services.states import close_shop
from shops.tests.factories import ShippingMethodFactory, ShopFactory

PROFILE = "/api/v1/profile"


def end(order: Order) -> None:
    cancel_order(order.pk, actor=None, actor_kind=ActorKind.STAFF, reason="x")


@pytest.mark.django_db
def test_buyer_with_an_open_order_cannot_close_the_account(api_as):
    order = place_one()

    response = api_as(order.buyer).delete(PROFILE, {"password": PASSWORD})

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "open_orders"
    assert order.number in response.json()["error"]["message"]
    assert User.objects.get(pk=order.buyer_id).closed_at is None


@pytest.mark.django_db
def test_seller_with_an_open_order_cannot_close_the_account(api_as):
    order = place_one()
    owner = order.shop.owner

    response = api_as(owner).delete(PROFILE, {"password": PASSWORD})

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "open_orders"
    assert User.objects.get(pk=owner.pk).closed_at is None
    assert Shop.objects.get(pk=order.shop_id).status == ShopStatus.APPROVED


@pytest.mark.django_db
def test_accounts_close_once_their_orders_have_ended(api_as):
    order = place_one()
    end(order)

    assert api_as(order.buyer).delete(PROFILE, {"password": PASSWORD}).status_code == 204
    assert api_as(order.shop.owner).delete(PROFILE, {"password": PASSWORD}).status_code == 204

    assert Shop.objects.get(pk=order.shop_id).status == ShopStatus.CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["placed", "confirmed", "packed", "shipped", "delivered"])
def test_shop_stays_open_whatever_step_its_order_is_at(step):
    order = place_one()
    owner = order.shop.owner
    path = ["placed", "confirmed", "packed", "shipped", "delivered"]
    for done in path[1 : path.index(step) + 1]:
        change_status(order.pk, OrderStatus(done), actor=owner, actor_kind=ActorKind.SELLER)

    with pytest.raises(OpenOrders, match=order.number):
        close_shop(order.shop_id, actor=None, reason="x")

    assert Shop.objects.get(pk=order.shop_id).status == ShopStatus.APPROVED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ShopStatus.PENDING, ShopStatus.REJECTED),
        (ShopStatus.REJECTED, ShopStatus.REJECTED),
        (ShopStatus.SUSPENDED, ShopStatus.CLOSED),
        (ShopStatus.CLOSED, ShopStatus.CLOSED),
    ],
)
def test_shop_of_a_closed_account_cannot_open_again(before, after):
    shop = ShopFactory(status=before)

    close_account(shop.owner_id, password=PASSWORD)

    shop.refresh_from_db()
    assert shop.status == after


@pytest.mark.django_db
def test_export_holds_orders_and_shop(api_as, django_assert_num_queries):
    variant = VariantFactory(price_amount=120_000)
    order = place((variant, 2)).orders.get()

    bought = api_as(order.buyer).get(f"{PROFILE}/export").json()
    sold = api_as(order.shop.owner).get(f"{PROFILE}/export").json()

    (row,) = bought["orders"]
    assert row["number"] == order.number
    assert row["shipping_address"]["recipient_name"] == "Trần Thị Bích"
    assert [(line["sku"], line["quantity"]) for line in row["items"]] == [(variant.sku, 2)]
    assert [entry["to_status"] for entry in row["timeline"]] == ["placed"]
    assert bought["shop"] is None
    assert sold["orders"] == []
    assert sold["shop"]["name"] == order.shop.name


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leaving", ["shop", "buyer"])
def test_nobody_closes_while_an_order_is_being_placed(leaving, monkeypatch):
    """The order is past its checks when the other side closes: one of the two must lose."""
    ShippingMethodFactory()
    variant, address = VariantFactory(), AddressFactory()
    shop_id = variant.product.shop_id
    is_priced, create = Event(), checkout._new_checkout

    def create_late(*args):
        is_priced.set()
        with connection.cursor() as cursor:
            # Until somebody waits for this transaction, or has gone past it.
            cursor.execute("SELECT pg_sleep(0.3)")
        return create(*args)

    monkeypatch.setattr(checkout, "_new_checkout", create_late)

    def order():
        items = [WantedItem(variant_id=variant.pk, quantity=1)]
        return place_order(OrderRequest(address_id=address.pk, items=items), buyer=address.user)

    def close():
        is_priced.wait(timeout=60)
        if leaving == "shop":
            return close_shop(shop_id, actor=None, reason="x")
        return close_account(address.user_id, password=PASSWORD)

    _, closed = run_in_parallel(lambda work: work(), arguments=[order, close])

    assert isinstance(closed, OpenOrders)
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_order_is_refused_when_the_shop_closed_after_it_was_priced(monkeypatch):
    ShippingMethodFactory()
    variant, address = VariantFactory(), AddressFactory()
    price = checkout._price

    def price_early(*args):
        quote = price(*args)

        def close() -> None:
            with transaction.atomic():
                close_shop(variant.product.shop_id, actor=None, reason="x")

        run_in_parallel(close, times=1)
        return quote

    monkeypatch.setattr(checkout, "_price", price_early)
    items = [WantedItem(variant_id=variant.pk, quantity=1)]

    with pytest.raises(ProductUnavailable):
        place_order(OrderRequest(address_id=address.pk, items=items), buyer=address.user)

    assert not Order.objects.exists()
