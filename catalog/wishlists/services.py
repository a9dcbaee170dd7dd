"""Everything buyers do with their wishlists.

The order of locks is: the user, then lists by pk. The user guards how many lists there are and
which is the default, a list guards its items and their number.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from catalog.models import Product, ProductVariant
from catalog.wishlists.constants import FIRST_NAMES, MAX_ITEMS, MAX_LISTS
from catalog.wishlists.errors import TooManyWishlists, WishlistFull, WishlistNameTaken
from catalog.wishlists.models import Wishlist, WishlistItem
from marketplace.common.errors import InvalidInput, NotFound


@transaction.atomic
def create_wishlist(user: User, *, name: str, is_default: bool = False) -> Wishlist:
    """Make a list; a buyer's first one is the default.

    Locks: the user. Raises: TooManyWishlists; WishlistNameTaken.
    """
    User.objects.lock(user.pk)
    return _create(user, name=name, is_default=is_default)


@transaction.atomic
def update_wishlist(
    list_id: UUID, *, user: User, name: str | None = None, is_default: bool = False
) -> Wishlist:
    """Rename a list, or make it the default.

    Locks: the user, the list. Raises: NotFound; WishlistNameTaken.
    """
    User.objects.lock(user.pk)
    wishlist = _lock_own(list_id, user)
    if name is not None:
        wishlist.name = name
    if is_default and not wishlist.is_default:
        Wishlist.objects.of(user).filter(is_default=True).update(is_default=False, updated_at=Now())
        wishlist.is_default = True
    with _unique_name():
        wishlist.save(update_fields=["name", "is_default", "updated_at"])
    return wishlist


@transaction.atomic
def delete_wishlist(list_id: UUID, *, user: User) -> None:
    """Delete a list with its items; the oldest of the others becomes the default in its place.

    Locks: the user, the list. Raises: NotFound.
    """
    User.objects.lock(user.pk)
    wishlist = _lock_own(list_id, user)
    wishlist.delete()
    if not wishlist.is_default:
        return
    heir = Wishlist.objects.of(user).order_by("pk").first()
    if heir is not None:
        heir.is_default = True
        heir.save(update_fields=["is_default", "updated_at"])


@transaction.atomic
def share_wishlist(list_id: UUID, *, user: User, is_rotated: bool = False) -> Wishlist:
    """Give a list its link, or with `is_rotated` another one, which ends the old one.

    Idempotent unless rotated. Locks: the list. Raises: NotFound.
    """
    wishlist = _lock_own(list_id, user)
    if wishlist.share_token is None or is_rotated:
        wishlist.share_token = secrets.token_urlsafe(32)
        wishlist.save(update_fields=["share_token", "updated_at"])
    return wishlist


def unshare_wishlist(list_id: UUID, *, user: User) -> None:
    """End a list's link. Idempotent. Raises: NotFound."""
    mine = Wishlist.objects.of(user).filter(pk=list_id)
    if not mine.update(share_token=None, updated_at=Now()):
        raise NotFound


@transaction.atomic
def add_item(
    list_id: UUID | None,
    *,
    user: User,
    product_id: UUID | None = None,
    variant_id: UUID | None = None,
    note: str | None = None,
) -> tuple[WishlistItem, bool]:
    """Put a product or one variant on a list; returns the item and whether it is a new one.

    Without `list_id` on the default list, which is made if there is none. What is on the list
    already stays, with the new note if there is one.
    Locks: the user, without `list_id`; the list.
    Raises: NotFound; InvalidInput for goods that buyers do not see; WishlistFull.
    """
    wishlist = _lock_own(list_id, user) if list_id else _lock_default(user)
    product_id, price = _offer(product_id, variant_id)
    found = wishlist.items.filter(product=product_id, variant=variant_id).first()
    if found is not None:
        if note is not None:
            found.note = note
            found.save(update_fields=["note", "updated_at"])
        return found, False
    _count(wishlist, 1)
    item = WishlistItem.objects.create(
        wishlist=wishlist,
        product_id=product_id,
        variant_id=variant_id,
        note=note or "",
        price_amount=price,
    )
    return item, True


@transaction.atomic
def update_item(
    list_id: UUID,
    item_id: UUID,
    *,
    user: User,
    note: str | None = None,
    wishlist_id: UUID | None = None,
) -> WishlistItem:
    """Change an item's note, or move it to another list of the user's.

    Where the other list has it already, that one is kept, with the note of the one that was moved
    if it has any.
    Locks: the list, or both by pk. Raises: NotFound; InvalidInput for an unknown list;
    WishlistFull.
    """
    lists = Wishlist.objects.of(user).lock(list_id, wishlist_id or list_id)
    if list_id not in lists:
        raise NotFound
    if wishlist_id is not None and wishlist_id not in lists:
        raise InvalidInput("wishlist_id", "There is no such wishlist.", code="does_not_exist")
    item = WishlistItem.objects.filter(wishlist=list_id, pk=item_id).first()
    if item is None:
        raise NotFound
    if note is not None:
        item.note = note
        item.save(update_fields=["note", "updated_at"])
    if wishlist_id is None or wishlist_id == list_id:
        return item
    return _move(item, lists[list_id], lists[wishlist_id])


@transaction.atomic
def remove_item(list_id: UUID, item_id: UUID, *, user: User) -> None:
    """Take an item off a list. Locks: the list. Raises: NotFound."""
    wishlist = _lock_own(list_id, user)
    if not wishlist.items.filter(pk=item_id).delete()[0]:
        raise NotFound
    _count(wishlist, -1)


def forget_wishlists(user_id: UUID) -> None:
    """Delete the lists of a closed account. Idempotent."""
    Wishlist.objects.filter(user=user_id).delete()


def _create(user: User, *, name: str, is_default: bool) -> Wishlist:
    mine = Wishlist.objects.of(user)
    if mine.count() >= MAX_LISTS:
        raise TooManyWishlists(MAX_LISTS)
    if is_default:
        mine.filter(is_default=True).update(is_default=False, updated_at=Now())
    else:
        is_default = not mine.filter(is_default=True).exists()
    with _unique_name():
        return Wishlist.objects.create(user=user, name=name, is_default=is_default)


def _lock_own(list_id: UUID, user: User) -> Wishlist:
    wishlist = Wishlist.objects.of(user).lock(list_id).get(list_id)
    if wishlist is None:
        raise NotFound
    return wishlist


def _lock_default(user: User) -> Wishlist:
    User.objects.lock(user.pk)
    default = Wishlist.objects.of(user).filter(is_default=True).first()
    if default is None:
        name = FIRST_NAMES.get(user.language, FIRST_NAMES["vi"])
        default = _create(user, name=name, is_default=True)
    return _lock_own(default.pk, user)


def _offer(product_id: UUID | None, variant_id: UUID | None) -> tuple[UUID, int]:
    """Return the product and present price of what buyers see. Raises: InvalidInput."""
    if variant_id is not None:
        variant = ProductVariant.objects.sellable().filter(pk=variant_id).first()
        if variant is None or product_id not in {None, variant.product_id}:
            raise InvalidInput("variant_id", "There is no such variant.", code="does_not_exist")
        return variant.product_id, variant.price_amount
    product = Product.objects.public().filter(pk=product_id).first() if product_id else None
    if product is None:
        raise InvalidInput("product_id", "There is no such product.", code="does_not_exist")
    return product.pk, product.min_price_amount


def _move(item: WishlistItem, source: Wishlist, target: Wishlist) -> WishlistItem:
    there = target.items.filter(product=item.product_id, variant=item.variant_id).first()
    if there is None:
        _count(target, 1)
        _count(source, -1)
        item.wishlist = target
        item.save(update_fields=["wishlist", "updated_at"])
        return item
    if item.note:
        there.note = item.note
        there.save(update_fields=["note", "updated_at"])
    item.delete()
    _count(source, -1)
    return there


def _count(wishlist: Wishlist, items: int) -> None:
    """Keep the number of a locked list's items. Raises: WishlistFull."""
    if wishlist.item_count + items > MAX_ITEMS:
        raise WishlistFull(MAX_ITEMS)
    Wishlist.objects.filter(pk=wishlist.pk).update(
        item_count=F("item_count") + items, updated_at=Now()
    )


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "wishlist_name_once" in str(error):
            raise WishlistNameTaken from error
        raise
