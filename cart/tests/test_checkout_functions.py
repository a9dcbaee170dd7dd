"""What the checkout needs of a cart."""

import pytest
from django.db import transaction

from accounts.tests.factories import UserFactory
from cart.models import Cart, CartItem
from cart.selectors import cart_lines
from cart.services import lock_cart, remove_ordered
from cart.tests.factories import CartFactory, CartItemFactory, GuestCartFactory

pytestmark = pytest.mark.django_db


def test_cart_lines_are_the_users_own_in_the_order_of_adding():
    cart = CartFactory()
    first = CartItemFactory(cart=cart, quantity=2)
    second = CartItemFactory(cart=cart, quantity=3)
    CartItemFactory()
    CartItemFactory(cart=GuestCartFactory())

    assert cart_lines(cart.user) == [(first.variant_id, 2), (second.variant_id, 3)]


def test_lock_cart_finds_the_users_cart_or_none():
    cart = CartFactory()
    stranger = UserFactory()

    with transaction.atomic():
        assert lock_cart(cart.user) == cart
        assert lock_cart(stranger) is None

    assert Cart.objects.count() == 1


def test_remove_ordered_leaves_what_was_not_ordered_and_moves_the_version():
    cart = CartFactory(version=4)
    ordered = CartItemFactory(cart=cart)
    kept = CartItemFactory(cart=cart)
    others = CartItemFactory(variant=ordered.variant)

    remove_ordered(cart.pk, [ordered.variant_id])

    cart.refresh_from_db()
    assert cart.version == 5
    assert set(CartItem.objects.all()) == {kept, others}


def test_remove_ordered_of_nothing_in_the_cart_changes_nothing():
    item = CartItemFactory(cart__version=4)

    remove_ordered(item.cart_id, [item.pk])

    item.cart.refresh_from_db()
    assert item.cart.version == 4
    assert CartItem.objects.count() == 1
