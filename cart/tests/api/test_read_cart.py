"""`GET /cart`: lines by shop with the prices and the stock of now."""

import pytest
from django.utils import timezone

from cart.models import Cart
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.constants import ProductStatus
from catalog.inventory.models import StockItem
from catalog.tests.factories import VariantFactory
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart"


def error_of(response):
    return response.json()["error"]


def test_cart_of_a_new_user_is_empty_and_creates_nothing(client):
    response = client.get(URL)

    assert response.status_code == 200
    assert response.json() == {
        "id": None,
        "token": None,
        "version": 0,
        "currency": "VND",
        "item_count": 0,
        "subtotal": "0",
        "groups": [],
        "warnings": [],
    }
    assert "X-Cart-Token" not in response
    assert Cart.objects.count() == 0


def test_cart_groups_lines_by_shop_with_totals(client, buyer):
    cart = CartFactory(user=buyer, version=3)
    shirt = VariantFactory(
        product__title="Áo thun", name="M", sku="AT-M", product__thumbnail="products/a.webp"
    )
    first = CartItemFactory(cart=cart, variant=shirt, quantity=2)
    other_shop = CartItemFactory(cart=cart, variant__price_amount=30_000)
    same_shop = CartItemFactory(cart=cart, variant__product__shop=shirt.shop, quantity=3)

    response = client.get(URL)

    body = response.json()
    assert body["id"] == str(cart.pk)
    assert body["token"] is None
    assert body["version"] == 3
    assert body["item_count"] == 6
    assert body["subtotal"] == "530000"
    assert body["warnings"] == []
    assert [group["subtotal"] for group in body["groups"]] == ["500000", "30000"]
    assert body["groups"][0]["shop"] == {
        "id": str(shirt.shop.pk),
        "name": shirt.shop.name,
        "slug": shirt.shop.slug,
    }
    assert [item["id"] for item in body["groups"][0]["items"]] == [
        str(first.pk),
        str(same_shop.pk),
    ]
    assert [item["id"] for item in body["groups"][1]["items"]] == [str(other_shop.pk)]
    assert body["groups"][0]["items"][0] == {
        "id": str(first.pk),
        "product_id": str(shirt.product_id),
        "variant_id": str(shirt.pk),
        "title": "Áo thun",
        "variant_name": "M",
        "sku": "AT-M",
        "thumbnail_url": "http://127.0.0.1:8000/media/products/a.webp",
        "unit_price": "100000",
        "quantity": 2,
        "line_total": "200000",
        "available": 10,
        "price_changed": False,
    }
    assert response["Cache-Control"] == "private, no-store"


def test_price_is_always_that_of_now(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=2, added_price_amount=80_000)

    body = client.get(URL).json()

    [line] = body["groups"][0]["items"]
    assert (line["unit_price"], line["line_total"], line["price_changed"]) == (
        "100000",
        "200000",
        True,
    )
    assert body["subtotal"] == "200000"
    assert body["warnings"] == [
        {
            "code": "price_changed",
            "item_id": str(item.pk),
            "variant_id": str(item.variant_id),
            "title": item.variant.product.title,
            "quantity": 2,
            "available": 10,
            "unit_price": "100000",
            "previous_unit_price": "80000",
            "message": f"The price of {item.variant.product.title} has changed "
            "from 80.000 ₫ to 100.000 ₫.",
        }
    ]


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("variant", {"is_active": False}),
        ("variant", {"archived_at": timezone.now()}),
        ("product", {"status": ProductStatus.SUSPENDED}),
        ("product", {"status": ProductStatus.DRAFT}),
        ("product", {"archived_at": timezone.now()}),
        ("shop", {"status": ShopStatus.SUSPENDED}),
        ("shop", {"status": ShopStatus.CLOSED}),
    ],
)
def test_goods_that_are_gone_are_in_the_warnings_and_in_no_total(client, buyer, target, changes):
    kept = CartItemFactory(cart__user=buyer)
    gone = CartItemFactory(cart=kept.cart, quantity=5)
    row = {
        "variant": gone.variant,
        "product": gone.variant.product,
        "shop": gone.variant.product.shop,
    }[target]
    type(row).objects.filter(pk=row.pk).update(**changes)

    body = client.get(URL).json()

    assert body["subtotal"] == "100000"
    assert body["item_count"] == 1
    assert [item["id"] for group in body["groups"] for item in group["items"]] == [str(kept.pk)]
    [warning] = body["warnings"]
    assert (warning["code"], warning["item_id"]) == ("unavailable", str(gone.pk))
    assert (warning["quantity"], warning["available"]) == (5, 0)


@pytest.mark.parametrize(("left", "message"), [(0, "Áo is sold out."), (2, "Áo has only 2 left.")])
@pytest.mark.breaks_invariants  # sells out by hand
def test_line_beyond_the_stock_is_warned_of(client, buyer, left, message):
    item = CartItemFactory(cart__user=buyer, quantity=3, variant__product__title="Áo")
    StockItem.objects.filter(variant=item.variant).update(on_hand=left + 4, reserved=4)

    body = client.get(URL).json()

    [warning] = body["warnings"]
    assert (warning["code"], warning["available"], warning["message"]) == (
        "out_of_stock",
        left,
        message,
    )
    assert body["groups"][0]["items"][0]["available"] == left


@pytest.mark.parametrize("lines", [1, 30])
def test_reading_takes_two_queries_however_much_is_in_it(
    client, buyer, lines, django_assert_num_queries
):
    cart = CartFactory(user=buyer)
    CartItemFactory.create_batch(lines, cart=cart)

    with django_assert_num_queries(2):
        response = client.get(URL)

    assert len(response.json()["groups"]) == lines


def test_fields_keeps_only_what_is_asked_for(client, buyer):
    CartItemFactory(cart__user=buyer)

    assert client.get(URL + "?fields=item_count,subtotal").json() == {
        "item_count": 1,
        "subtotal": "100000",
    }
    assert client.get(URL + "?fields=user").status_code == 400


def test_bad_bearer_token_is_401(api):
    response = api.get(URL, HTTP_AUTHORIZATION="Bearer nonsense")

    assert response.status_code == 401
    assert error_of(response)["code"] == "token_not_valid"


def test_shops_own_goods_can_be_looked_at_in_a_cart(api_as):
    """Whether they may be bought is the checkout's to say."""
    shop = ShopFactory()
    variant = VariantFactory(product__shop=shop)

    response = api_as(shop.owner).post(URL, {"variant_id": str(variant.pk), "quantity": 1})

    assert response.status_code == 200
