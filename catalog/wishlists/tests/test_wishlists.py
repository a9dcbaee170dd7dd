"""Limits, defaults and numbers of wishlists hold also when requests race."""

import pytest

from accounts.services.closing import close_account
from accounts.tests.factories import PASSWORD, UserFactory
from catalog.tests.factories import VariantFactory
from catalog.wishlists.constants import MAX_ITEMS, MAX_LISTS
from catalog.wishlists.errors import TooManyWishlists, WishlistFull, WishlistNameTaken
from catalog.wishlists.models import Wishlist, WishlistItem
from catalog.wishlists.services import (
    add_item,
    create_wishlist,
    delete_wishlist,
    remove_item,
    update_item,
    update_wishlist,
)
from catalog.wishlists.tests.factories import WishFactory, WishlistFactory
from marketplace.common.testing import drain_outbox, run_in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.mark.django_db(transaction=True)
def test_no_more_lists_than_the_limit_when_requests_race(user):
    WishlistFactory.create_batch(MAX_LISTS - 2, user=user)

    outcomes = run_in_parallel(
        lambda name: create_wishlist(user, name=name), arguments=[f"Thêm {i}" for i in range(10)]
    )

    assert sum(isinstance(outcome, TooManyWishlists) for outcome in outcomes) == 8
    assert Wishlist.objects.of(user).count() == MAX_LISTS


@pytest.mark.django_db(transaction=True)
def test_first_lists_made_at_once_have_one_default(user):
    run_in_parallel(
        lambda name: create_wishlist(user, name=name), arguments=[f"Quà {i}" for i in range(10)]
    )

    assert Wishlist.objects.filter(is_default=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_at_once_makes_one_list(user):
    outcomes = run_in_parallel(lambda: create_wishlist(user, name="Quà"), times=10)

    assert sum(isinstance(outcome, WishlistNameTaken) for outcome in outcomes) == 9
    assert Wishlist.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_default_changes_hands_when_requests_race(user):
    lists = WishlistFactory.create_batch(8, user=user)

    outcomes = run_in_parallel(
        lambda row: update_wishlist(row.pk, user=user, is_default=True), arguments=lists
    )

    assert [error for error in outcomes if isinstance(error, Exception)] == []
    assert Wishlist.objects.filter(is_default=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_first_wishes_at_once_make_one_default_list(user):
    variants = VariantFactory.create_batch(8)

    run_in_parallel(
        lambda row: add_item(None, user=user, product_id=row.product_id), arguments=variants
    )

    wishlist = Wishlist.objects.get()
    assert (wishlist.name, wishlist.item_count) == ("Yêu thích", 8)


@pytest.mark.django_db(transaction=True)
def test_no_more_items_than_the_limit_when_requests_race(user):
    wishlist, product = WishlistFactory(user=user), VariantFactory().product
    variants = VariantFactory.create_batch(10)
    crowd = VariantFactory.create_batch(MAX_ITEMS - 2, product=product)
    WishlistItem.objects.bulk_create(
        WishlistItem(wishlist=wishlist, product=product, variant=row, price_amount=1)
        for row in crowd
    )
    Wishlist.objects.update(item_count=MAX_ITEMS - 2)

    outcomes = run_in_parallel(
        lambda row: add_item(wishlist.pk, user=user, product_id=row.product_id),
        arguments=variants,
    )

    assert sum(isinstance(outcome, WishlistFull) for outcome in outcomes) == 8
    assert wishlist.items.count() == MAX_ITEMS


@pytest.mark.django_db(transaction=True)
def test_same_wish_fifty_times_at_once_is_there_once(user):
    wishlist, variant = WishlistFactory(user=user), VariantFactory()

    outcomes = run_in_parallel(
        lambda: add_item(wishlist.pk, user=user, product_id=variant.product_id), times=50
    )

    assert sum(is_new for _item, is_new in outcomes) == 1
    wishlist.refresh_from_db()
    assert wishlist.item_count == wishlist.items.count() == 1


@pytest.mark.django_db(transaction=True)
def test_moves_to_and_fro_at_once_lose_nothing(user):
    left, right = WishlistFactory.create_batch(2, user=user)
    wishes = [WishFactory(wishlist=left if i % 2 else right) for i in range(10)]

    def move(wish):
        other = right if wish.wishlist_id == left.pk else left
        return update_item(wish.wishlist_id, wish.pk, user=user, wishlist_id=other.pk)

    outcomes = run_in_parallel(move, arguments=wishes)

    assert [error for error in outcomes if isinstance(error, Exception)] == []
    assert list(Wishlist.objects.order_by("pk").values_list("item_count", flat=True)) == [5, 5]


@pytest.mark.django_db(transaction=True)
def test_one_wish_removed_many_times_at_once_counts_once(user):
    wish = WishFactory(wishlist__user=user)
    WishFactory(wishlist=wish.wishlist)

    run_in_parallel(lambda: remove_item(wish.wishlist_id, wish.pk, user=user), times=10)

    assert Wishlist.objects.get().item_count == 1


def test_default_goes_to_the_oldest_of_the_others(user):
    first, second, third = WishlistFactory.create_batch(3, user=user)

    delete_wishlist(third.pk, user=user)
    delete_wishlist(first.pk, user=user)

    assert Wishlist.objects.get() == second
    assert Wishlist.objects.get().is_default
    delete_wishlist(second.pk, user=user)
    assert not Wishlist.objects.exists()


def test_closing_an_account_deletes_its_lists(user):
    WishFactory(wishlist__user=user)
    other = WishFactory()

    close_account(user.pk, password=PASSWORD)
    drain_outbox()

    assert list(WishlistItem.objects.all()) == [other]
    assert Wishlist.objects.count() == 1
