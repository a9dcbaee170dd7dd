import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from cart.models import CartItem
from cart.tests.factories import CartItemFactory, GuestCartFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    CartItemFactory.create_batch(10)

    for page in ("cart", "cartitem"):
        with django_assert_max_num_queries(8):
            assert console.get(f"/admin/cart/{page}/").status_code == 200


def test_carts_are_read_only_and_hide_the_token(console):
    item = CartItemFactory(cart=GuestCartFactory())
    url = f"/admin/cart/cart/{item.cart_id}/change/"

    content = console.get(url).content.decode()

    assert item.cart.token_hash not in content
    assert console.post(url, {"version": 9}).status_code == 403
    assert console.post(f"/admin/cart/cartitem/{item.pk}/delete/").status_code == 403
    assert CartItem.objects.get() == item


def test_search_finds_by_phone_number_and_sku(console):
    item = CartItemFactory()
    CartItemFactory()

    for page, text in (
        ("cart", item.cart.user.phone_number),
        ("cartitem", item.cart.user.email),
        ("cartitem", item.variant.sku),
    ):
        response = console.get(f"/admin/cart/{page}/", {"q": text})
        assert len(response.context["cl"].result_list) == 1
