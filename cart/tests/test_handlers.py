"""Carts of accounts that close or ask what is held about them."""

import pytest
from django.db import transaction

from accounts.events import AccountClosed
from cart.models import CartItem
from cart.tests.factories import CartItemFactory
from marketplace.common.outbox.services import publish
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db


def test_cart_goes_with_its_account():
    gone, kept = CartItemFactory(), CartItemFactory()

    with transaction.atomic():
        publish(AccountClosed(gone.cart.user_id))
    drain_outbox()

    assert list(CartItem.objects.all()) == [kept]


def test_cart_is_in_the_export(api_as):
    item = CartItemFactory(quantity=3)
    CartItemFactory()

    response = api_as(item.cart.user).get("/api/v1/profile/export")

    assert response.status_code == 200
    [line] = response.json()["cart"]
    assert (line["variant_id"], line["quantity"]) == (str(item.variant_id), 3)
