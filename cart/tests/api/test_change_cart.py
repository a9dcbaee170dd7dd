"""Changing and removing lines, clearing the cart, and the version that it is expected to have."""

import uuid

import pytest

from cart.models import Cart, CartItem
from cart.tests.factories import CartItemFactory, GuestCartFactory
from catalog.tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart"


def error_of(response):
    return response.json()["error"]


def test_expected_version_lets_the_right_one_through(client, buyer):
    item = CartItemFactory(cart__user=buyer, cart__version=7)
    body = {"variant_id": str(item.variant_id), "quantity": 1, "expected_version": 7}

    assert client.post(URL, body).json()["version"] == 8


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", URL, {"quantity": 1}),
        ("patch", URL + "/items/{item}", {"quantity": 2}),
        ("delete", URL + "/items/{item}?expected_version=6", None),
        ("delete", URL + "?expected_version=6", None),
        ("post", URL + "/sync", {"items": []}),
    ],
)
def test_another_version_is_409_with_the_present_one(client, buyer, method, path, body):
    item = CartItemFactory(cart__user=buyer, cart__version=7)
    if body is not None:
        body = {**body, "variant_id": str(item.variant_id), "expected_version": 6}

    response = getattr(client, method)(path.format(item=item.pk), body)

    assert response.status_code == 409
    assert error_of(response)["code"] == "cart_version_conflict"
    assert error_of(response)["details"][0]["version"] == 7
    item.refresh_from_db()
    item.cart.refresh_from_db()
    assert (item.quantity, item.cart.version) == (1, 7)


def test_cart_that_is_not_there_yet_is_at_version_0(client):
    variant = VariantFactory()
    body = {"variant_id": str(variant.pk), "quantity": 1}

    refused = client.post(URL, {**body, "expected_version": 1})
    taken = client.post(URL, {**body, "expected_version": 0})

    assert (refused.status_code, taken.status_code) == (409, 200)
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("version", ["x", "-1", "1.0", "9999999999999999999999"])
def test_bad_expected_version_is_400(client, buyer, version):
    CartItemFactory(cart__user=buyer)

    response = client.delete(f"{URL}?expected_version={version}")

    assert response.status_code == 400
    assert error_of(response)["details"][0]["field"] == "expected_version"
    assert CartItem.objects.count() == 1


def test_change_sets_the_quantity(client, buyer):
    item = CartItemFactory(cart__user=buyer, quantity=2)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": 10})

    assert response.status_code == 200
    assert (response.json()["item_count"], response.json()["version"]) == (10, 1)


def test_change_beyond_the_stock_is_409_with_what_is_available(client, buyer):
    item = CartItemFactory(cart__user=buyer)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": 11})

    assert response.status_code == 409
    assert error_of(response)["details"][0]["available"] == 10
    item.refresh_from_db()
    assert item.quantity == 1


@pytest.mark.parametrize("quantity", [0, 1000, None, "2"])
def test_change_to_a_bad_quantity_is_400(client, buyer, quantity):
    item = CartItemFactory(cart__user=buyer)

    response = client.patch(f"{URL}/items/{item.pk}", {"quantity": quantity})

    assert response.status_code == 400
    item.refresh_from_db()
    assert item.quantity == 1


def test_change_without_a_quantity_is_400(client, buyer):
    item = CartItemFactory(cart__user=buyer)

    assert client.patch(f"{URL}/items/{item.pk}", {}).status_code == 400


def test_remove_takes_one_line_out(client, buyer):
    item = CartItemFactory(cart__user=buyer)
    kept = CartItemFactory(cart=item.cart)

    response = client.delete(f"{URL}/items/{item.pk}")

    assert response.status_code == 200
    assert response.json()["version"] == 1
    assert list(CartItem.objects.all()) == [kept]


def test_line_that_is_gone_from_sale_can_still_be_removed(client, buyer):
    item = CartItemFactory(cart__user=buyer, variant__is_active=False)

    assert client.delete(f"{URL}/items/{item.pk}").json()["warnings"] == []


def test_clear_empties_the_cart_and_repeated_changes_nothing(client, buyer):
    item = CartItemFactory(cart__user=buyer)
    CartItemFactory(cart=item.cart)
    stranger = CartItemFactory()

    first, second = client.delete(URL), client.delete(URL)

    assert first.json()["groups"] == []
    assert (first.json()["version"], second.json()["version"]) == (1, 1)
    assert list(CartItem.objects.all()) == [stranger]


def test_clear_without_a_cart_creates_nothing(client):
    assert client.delete(URL).status_code == 200
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_lines_of_others_are_404(api, client, method):
    theirs = CartItemFactory()
    guests = CartItemFactory(cart=GuestCartFactory())

    for caller in (api, client):
        for item_id in (theirs.pk, guests.pk, uuid.uuid4(), "no-id"):
            response = getattr(caller, method)(f"{URL}/items/{item_id}", {"quantity": 2})
            assert response.status_code == 404

    assert set(CartItem.objects.values_list("quantity", flat=True)) == {1}
    assert CartItem.objects.count() == 2


def test_methods_that_are_not_there_are_405(client):
    assert client.put(URL, {}).status_code == 405
    assert client.get(URL + "/sync").status_code == 405
