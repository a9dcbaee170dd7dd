"""Carts for tests."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cart.models import Cart, CartItem
from cart.tokens import hash_token
from catalog.tests.factories import VariantFactory


class CartFactory(factory.django.DjangoModelFactory[Cart]):
    """A user's cart."""

    class Meta:
        model = Cart

    user = factory.SubFactory(UserFactory)


class GuestCartFactory(factory.django.DjangoModelFactory[Cart]):
    """A guest's cart, opened by `token`."""

    class Meta:
        model = Cart

    class Params:
        token = factory.Sequence(lambda n: f"guest-token-{n}")

    token_hash = factory.LazyAttribute(lambda row: hash_token(row.token))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class CartItemFactory(factory.django.DjangoModelFactory[CartItem]):
    """One unit at today's price."""

    class Meta:
        model = CartItem

    cart = factory.SubFactory(CartFactory)
    variant = factory.SubFactory(VariantFactory)
    quantity = 1
    added_price_amount = factory.SelfAttribute("variant.price_amount")
