"""What happens to a guest's cart at sign-in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cart.models import Cart, CartItem
from cart.services import merge_guest_cart
from cart.tests.factories import CartFactory, CartItemFactory, GuestCartFactory
from catalog.inventory.models import StockItem
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db

TOKEN = "guest-secret"


@pytest.fixture
def guest():
    return GuestCartFactory(token=TOKEN)


def contents(user):
    lines = CartItem.objects.filter(cart__user=user).order_by("variant_id")
    return dict(lines.values_list("variant_id", "quantity"))


def test_guest_lines_become_the_users(guest):
    item = CartItemFactory(cart=guest, quantity=3, added_price_amount=90_000)
    user = UserFactory()

    merge_guest_cart(user, TOKEN)

    cart = Cart.objects.get()
    assert (cart.user, cart.token_hash, cart.expires_at, cart.version) == (user, None, None, 1)
    moved = CartItem.objects.get()
    assert (moved.cart, moved.variant, moved.quantity) == (cart, item.variant, 3)
    assert moved.added_price_amount == 90_000


def test_quantities_of_the_same_variant_add_up(guest):
    mine = CartItemFactory(quantity=2, cart__version=5)
    only_mine = CartItemFactory(cart=mine.cart)
    CartItemFactory(cart=guest, variant=mine.variant, quantity=3)

    merge_guest_cart(mine.cart.user, TOKEN)

    assert contents(mine.cart.user) == {mine.variant_id: 5, only_mine.variant_id: 1}
    mine.cart.refresh_from_db()
    assert mine.cart.version == 6


def test_merged_quantities_are_cut_to_the_stock(guest):
    mine = CartItemFactory(quantity=7)
    CartItemFactory(cart=guest, variant=mine.variant, quantity=8)

    merge_guest_cart(mine.cart.user, TOKEN)

    assert contents(mine.cart.user) == {mine.variant_id: 10}


def test_merged_quantities_are_cut_to_999(guest):
    mine = CartItemFactory(quantity=999, variant__stock=5000)
    CartItemFactory(cart=guest, variant=mine.variant, quantity=999)

    merge_guest_cart(mine.cart.user, TOKEN)

    assert contents(mine.cart.user) == {mine.variant_id: 999}


@pytest.mark.breaks_invariants  # sells out by hand
def test_sold_out_line_stays_at_one_unit_so_that_the_user_is_told(guest):
    item = CartItemFactory(cart=guest, quantity=3)
    StockItem.objects.update(on_hand=0)
    user = UserFactory()

    merge_guest_cart(user, TOKEN)

    assert contents(user) == {item.variant_id: 1}


def test_users_own_lines_come_first_beyond_100(guest):
    product = ProductFactory()
    cart = CartFactory()
    mine = [CartItemFactory(cart=cart, variant__product=product) for _ in range(99)]
    kept = CartItemFactory(cart=guest, variant__product=product)
    same = CartItemFactory(cart=guest, variant=mine[0].variant)
    CartItemFactory(cart=guest, variant__product=product)

    merge_guest_cart(cart.user, TOKEN)

    merged = contents(cart.user)
    assert len(merged) == 100
    assert merged[kept.variant_id] == 1
    assert merged[same.variant_id] == 2


def test_merging_twice_changes_nothing_more(guest):
    CartItemFactory(cart=guest, quantity=3)
    user = UserFactory()

    merge_guest_cart(user, TOKEN)
    before = contents(user)
    merge_guest_cart(user, TOKEN)

    assert contents(user) == before
    assert Cart.objects.get().version == 1


@pytest.mark.parametrize("token", [None, "", "unknown"])
def test_unknown_token_creates_nothing(token):
    merge_guest_cart(UserFactory(), token)

    assert Cart.objects.count() == 0


def test_expired_guest_cart_is_not_merged():
    past = timezone.now() - timedelta(seconds=1)
    CartItemFactory(cart=GuestCartFactory(token=TOKEN, expires_at=past))
    user = UserFactory()

    merge_guest_cart(user, TOKEN)

    assert contents(user) == {}


@pytest.mark.parametrize("lines", [1, 20])
def test_merge_takes_the_same_queries_however_much_there_is(
    guest, lines, django_assert_num_queries
):
    cart = CartFactory()
    CartItemFactory.create_batch(lines, cart=guest)

    with django_assert_num_queries(11):
        merge_guest_cart(cart.user, TOKEN)

    assert len(contents(cart.user)) == lines


@pytest.mark.django_db(transaction=True)
def test_concurrent_merges_of_one_guest_cart_add_it_once(guest):
    item = CartItemFactory(cart=guest, quantity=3, variant__stock=900)
    user = UserFactory()

    outcomes = run_in_parallel(lambda: merge_guest_cart(user, TOKEN), times=8)

    assert outcomes == [None] * 8
    assert contents(user) == {item.variant_id: 3}
    assert Cart.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_users_cannot_both_get_one_guest_cart(guest):
    CartItemFactory(cart=guest, quantity=3)
    users = UserFactory.create_batch(4)

    outcomes = run_in_parallel(lambda user: merge_guest_cart(user, TOKEN), arguments=users)

    assert outcomes == [None] * 4
    assert CartItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_merging_while_the_guest_adds_loses_no_unit_twice(guest, api_as):
    """A merge and an add take turns: the units end in the user's cart or in a new guest cart."""
    variant = VariantFactory(stock=900)
    CartItemFactory(cart=guest, variant=variant, quantity=3)
    user = UserFactory()

    def add():
        client = api_as(None)
        client.credentials(HTTP_X_CART_TOKEN=TOKEN)
        return client.post("/api/v1/cart", {"variant_id": str(variant.pk), "quantity": 2})

    outcomes = run_in_parallel(
        lambda act: act(), arguments=[add, lambda: merge_guest_cart(user, TOKEN), add]
    )

    assert [outcomes[0].status_code, outcomes[2].status_code] == [200, 200]
    assert sum(CartItem.objects.values_list("quantity", flat=True)) == 7
