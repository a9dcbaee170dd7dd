"""Changes of one cart take turns: no unit is lost, none is counted twice."""

import pytest

from accounts.tests.factories import UserFactory
from cart.errors import CartVersionConflict
from cart.models import Cart, CartItem
from cart.querysets import Owner
from cart.services import add_item, change_item
from cart.tests.factories import CartItemFactory, GuestCartFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_adds_of_one_variant_make_one_line_with_the_sum():
    owner, variant = Owner(user_id=UserFactory().pk), VariantFactory(stock=100)

    outcomes = run_in_parallel(lambda: add_item(owner, variant_id=variant.pk, quantity=2), times=50)

    assert outcomes == [(Cart.objects.get(), owner)] * 50
    assert list(CartItem.objects.values_list("variant_id", "quantity")) == [(variant.pk, 100)]
    assert Cart.objects.get().version == 50


def test_adds_beyond_999_are_refused_and_the_rest_is_kept():
    GuestCartFactory(token="secret")
    owner, variant = Owner(token="secret"), VariantFactory(stock=5000)

    outcomes = run_in_parallel(
        lambda: add_item(owner, variant_id=variant.pk, quantity=200), times=8
    )

    assert outcomes.count((Cart.objects.get(), owner)) == 4
    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 4
    assert CartItem.objects.get().quantity == 800


def test_of_two_changes_from_one_version_one_is_refused():
    item = CartItemFactory()
    owner = Owner(user_id=item.cart.user_id)

    outcomes = run_in_parallel(
        lambda quantity: change_item(owner, item.pk, quantity=quantity, expected_version=0),
        arguments=[2, 3, 4, 5],
    )

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CartVersionConflict) for outcome in outcomes) == 3
    item.refresh_from_db()
    assert item.quantity == outcomes.index(None) + 2


def test_hundred_line_limit_holds_for_concurrent_adds():
    first = VariantFactory()
    cart = CartItemFactory(variant=first).cart
    for _ in range(97):
        CartItemFactory(cart=cart, variant__product=first.product)
    variants = [VariantFactory(product=first.product).pk for _ in range(6)]
    owner = Owner(user_id=cart.user_id)

    run_in_parallel(lambda pk: add_item(owner, variant_id=pk, quantity=1), arguments=variants)

    assert cart.items.count() == 100
