"""The cart of a guest, who keeps it by a token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cart.models import Cart
from cart.tests.factories import CartItemFactory, GuestCartFactory
from cart.tokens import hash_token
from catalog.tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/cart"


def test_first_add_of_a_guest_answers_with_a_token(api):
    variant = VariantFactory()

    response = api.post(URL, {"variant_id": str(variant.pk), "quantity": 2})

    token = response.json()["token"]
    assert response.status_code == 200
    assert response["X-Cart-Token"] == token
    assert len(token) >= 22  # 128 bits in base64
    cart = Cart.objects.get()
    assert (cart.user, cart.token_hash) == (None, hash_token(token))
    assert token not in cart.token_hash
    assert timedelta(days=29) < cart.expires_at - timezone.now() <= timedelta(days=30)
    assert api.get(URL, HTTP_X_CART_TOKEN=token).json()["item_count"] == 2


def test_guest_keeps_the_cart_by_the_token(api):
    item = CartItemFactory(cart=GuestCartFactory(token="secret"))
    other = VariantFactory()

    api.credentials(HTTP_X_CART_TOKEN="secret")
    added = api.post(URL, {"variant_id": str(other.pk), "quantity": 1})
    changed = api.patch(f"{URL}/items/{item.pk}", {"quantity": 4})
    removed = api.delete(f"{URL}/items/{item.pk}")

    assert (added.json()["token"], added["X-Cart-Token"]) == ("secret", "secret")
    assert changed.json()["item_count"] == 5
    assert removed.json()["item_count"] == 1
    assert Cart.objects.get().version == 3


def test_change_puts_the_expiry_off(api):
    soon = timezone.now() + timedelta(hours=1)
    item = CartItemFactory(cart=GuestCartFactory(token="secret", expires_at=soon))

    api.patch(f"{URL}/items/{item.pk}", {"quantity": 2}, HTTP_X_CART_TOKEN="secret")

    item.cart.refresh_from_db()
    assert item.cart.expires_at > timezone.now() + timedelta(days=29)


@pytest.mark.parametrize("token", ["", "unknown", "expired", "é", "x" * 5000])
def test_get_with_a_token_that_opens_nothing_is_an_empty_cart(api, token):
    expired = GuestCartFactory(token="expired", expires_at=timezone.now() - timedelta(seconds=1))
    CartItemFactory(cart=expired)

    response = api.get(URL, HTTP_X_CART_TOKEN=token)

    assert response.status_code == 200
    assert (response.json()["id"], response.json()["token"]) == (None, None)
    assert "X-Cart-Token" not in response
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("token", ["unknown", "expired"])
def test_post_with_a_token_that_opens_nothing_makes_a_new_cart(api, token):
    expired = GuestCartFactory(token="expired", expires_at=timezone.now() - timedelta(seconds=1))
    variant = VariantFactory()

    response = api.post(
        URL, {"variant_id": str(variant.pk), "quantity": 1}, HTTP_X_CART_TOKEN=token
    )

    assert response.json()["token"] not in {None, token}
    assert response.json()["id"] != str(expired.pk)
    assert Cart.objects.count() == 2


def test_guests_token_is_ignored_for_a_user(client, buyer):
    guest = CartItemFactory(cart=GuestCartFactory(token="secret"))
    client.credentials(HTTP_X_CART_TOKEN="secret")

    read = client.get(URL)
    changed = client.patch(f"{URL}/items/{guest.pk}", {"quantity": 3})
    added = client.post(URL, {"variant_id": str(guest.variant_id), "quantity": 2})

    assert (read.json()["id"], changed.status_code) == (None, 404)
    assert (added.json()["token"], added.json()["item_count"]) == (None, 2)
    guest.refresh_from_db()
    assert guest.quantity == 1
