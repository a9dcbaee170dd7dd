"""`POST /cart`: what may be put in, and how much of it."""

import uuid

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cart.models import Cart, CartItem
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.constants import ProductStatus
from catalog.tests.factories import ProductFactory, VariantFactory
from shops.constants import ShopStatus

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart"


def error_of(response):
    return response.json()["error"]


def test_add_makes_the_cart_and_the_same_variant_adds_up(client, buyer):
    variant = VariantFactory()

    first = client.post(URL, {"variant_id": str(variant.pk), "quantity": 2})
    second = client.post(URL, {"variant_id": str(variant.pk), "quantity": 3})

    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["item_count"] == 5
    item = CartItem.objects.get()
    assert (item.cart.user, item.variant, item.quantity) == (buyer, variant, 5)
    assert item.added_price_amount == 100_000


def test_add_by_product_serves_a_product_with_one_sellable_variant(client):
    variant = VariantFactory()
    VariantFactory(product=variant.product, is_active=False)

    response = client.post(URL, {"product_id": str(variant.product_id), "quantity": 1})

    assert response.status_code == 200
    assert CartItem.objects.get().variant == variant


def test_add_by_product_with_several_variants_names_variant_id(client):
    variant = VariantFactory()
    VariantFactory(product=variant.product)

    response = client.post(URL, {"product_id": str(variant.product_id), "quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["code"] == "validation_error"
    assert error_of(response)["details"][0]["field"] == "variant_id"
    assert Cart.objects.count() == 0


def test_add_without_a_variant_or_product_names_variant_id(client):
    response = client.post(URL, {"quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "variant_id"


@pytest.mark.parametrize(
    "make",
    [
        lambda: VariantFactory(is_active=False),
        lambda: VariantFactory(archived_at=timezone.now()),
        lambda: VariantFactory(product__status=ProductStatus.PENDING),
        lambda: VariantFactory(product__archived_at=timezone.now()),
        lambda: VariantFactory(product__shop__status=ShopStatus.SUSPENDED),
        lambda: VariantFactory(product__shop__status=ShopStatus.PENDING),
        lambda: VariantFactory.build(),
    ],
)
@pytest.mark.parametrize("key", ["variant_id", "product_id"])
def test_add_of_what_is_not_sold_is_404_and_changes_nothing(client, make, key):
    variant = make()
    value = variant.pk if key == "variant_id" else variant.product_id or uuid.uuid4()

    response = client.post(URL, {key: str(value), "quantity": 1})

    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"
    assert Cart.objects.count() == 0


def test_add_of_a_variant_of_another_product_is_404(client):
    variant, other = VariantFactory(), ProductFactory()
    body = {"variant_id": str(variant.pk), "product_id": str(other.pk), "quantity": 1}

    assert client.post(URL, body).status_code == 404


def test_add_beyond_the_stock_is_409_with_what_is_available(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=8)

    response = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 3})

    assert response.status_code == 409
    assert error_of(response)["code"] == "out_of_stock"
    [row] = error_of(response)["details"]
    assert (row["field"], row["variant_id"], row["available"]) == (
        "quantity",
        str(item.variant_id),
        10,
    )
    item.refresh_from_db()
    item.cart.refresh_from_db()
    assert (item.quantity, item.cart.version) == (8, 0)


def test_add_beyond_999_is_400_on_quantity(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=999, variant__stock=5000)

    response = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 1})

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "quantity"
    item.refresh_from_db()
    assert item.quantity == 999


def test_add_beyond_100_lines_is_400(client, buyer):
    cart = CartFactory(user=buyer)
    product = ProductFactory()
    items = [CartItemFactory(cart=cart, variant__product=product) for _ in range(100)]
    more = VariantFactory(product=product)

    refused = client.post(URL, {"variant_id": str(more.pk), "quantity": 1})
    again = client.post(URL, {"variant_id": str(items[0].variant_id), "quantity": 1})

    assert refused.status_code == 400
    assert error_of(refused)["details"][0]["field"] == "variant_id"
    assert again.status_code == 200
    assert cart.items.count() == 100


@pytest.mark.parametrize(
    "quantity", [0, -1, 1000, 10**30, 1.0, 1.5, True, "1", "１", "1_0", None, [], {}, ""]
)
def test_add_of_a_bad_quantity_is_400_on_quantity(client, quantity):
    variant = VariantFactory()

    response = client.post(URL, {"variant_id": str(variant.pk), "quantity": quantity})

    assert response.status_code == 400
    assert [row["field"] for row in error_of(response)["details"]] == ["quantity"]
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("body", [[], "text", 1, None, {"variant_id": "x", "quantity": 1}])
def test_add_of_nonsense_is_400(client, body):
    response = client.post(URL, body)

    assert response.status_code == 400
    assert Cart.objects.count() == 0


def test_prices_and_owners_in_the_body_are_ignored(client, buyer):
    variant, stranger = VariantFactory(), UserFactory()

    client.post(
        URL,
        {
            "variant_id": str(variant.pk),
            "quantity": 1,
            "unit_price": "1",
            "added_price_amount": 1,
            "price_changed": True,
            "user": str(stranger.pk),
            "version": 900,
        },
    )

    item = CartItem.objects.get()
    assert (item.added_price_amount, item.cart.user, item.cart.version) == (100_000, buyer, 1)


def test_adding_again_takes_the_present_price_as_seen(client, buyer):
    item = CartItemFactory(cart__user=buyer, added_price_amount=1)

    body = client.post(URL, {"variant_id": str(item.variant_id), "quantity": 1}).json()

    assert body["warnings"] == []
