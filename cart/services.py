"""Every change of a cart. Each takes the cart's row lock and moves its version by one.

Carts promise nothing: stock is only looked at here, and held by the checkout.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from cart.constants import MAX_LINES, MAX_QUANTITY
from cart.errors import CartVersionConflict
from cart.models import Cart, CartItem
from cart.querysets import Owner
from cart.selectors import find_cart, quantities_in
from cart.tokens import hash_token, new_token
from catalog.inventory.errors import OutOfStock
from catalog.models import ProductVariant
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.inserts import upsert_rows
from marketplace.common.locks import job_lock
from marketplace.common.prepared import Given, OneOf, PreparedQuery, fetch_prepared

PRUNE_BATCH = 500


@dataclass(frozen=True)
class SyncResult:
    """Whose cart it is now, and the variants that were cut to the stock or not taken at all."""

    owner: Owner
    reduced: list[UUID]
    dropped: list[UUID]


@dataclass(frozen=True)
class _Offer:
    """A sellable variant now."""

    variant_id: UUID
    price_amount: int
    available: int


def get_or_create(owner: Owner) -> tuple[Cart, Owner]:
    """Lock the owner's cart, making one where there is none. Call it in a transaction.

    A guest without a good token becomes the owner of a new cart by a new token. Locks: the cart.
    """
    if cart := find_cart(owner, lock=True):
        return cart, owner
    if owner.user_id is not None:
        # Two first requests at once: the second one waits here, and finds the first one's row.
        Cart.objects.bulk_create([Cart(user_id=owner.user_id)], ignore_conflicts=True)
        cart = Cart.objects.select_for_update(of=("self",), no_key=True).get(user_id=owner.user_id)
        return cart, owner
    guest = Owner(token=new_token())
    cart = Cart.objects.create(token_hash=hash_token(guest.token), expires_at=_guest_expiry())
    return cart, guest


@transaction.atomic
def add_item(
    owner: Owner,
    *,
    quantity: int,
    variant_id: UUID | None = None,
    product_id: UUID | None = None,
    expected_version: int | None = None,
) -> tuple[Cart, Owner]:
    """Add units of a variant to what is there; returns whose cart it is, now a new guest's too.

    Locks: the cart. Raises: NotFound for what is not sold; InvalidInput beyond 999 units or 100
    lines, or for a product of several variants; OutOfStock; CartVersionConflict.
    """
    offer = _find_offer(variant_id, product_id)
    cart, owner = get_or_create(owner)
    _check_version(cart, expected_version)
    quantities = quantities_in(cart)
    total = quantities.get(offer.variant_id, 0) + quantity
    if total > MAX_QUANTITY:
        raise InvalidInput(
            "quantity", f"A cart holds at most {MAX_QUANTITY} of a variant.", code="max_value"
        )
    if total > offer.available:
        raise OutOfStock({offer.variant_id: offer.available})
    if len(quantities.keys() | {offer.variant_id}) > MAX_LINES:
        raise _too_many_lines("variant_id")
    _store(cart, {offer.variant_id: total}, [offer], update_price=True)
    _touch(cart)
    return cart, owner


@transaction.atomic
def change_item(
    owner: Owner, item_id: UUID, *, quantity: int, expected_version: int | None = None
) -> None:
    """Set the quantity of one line.

    Locks: the cart. Raises: NotFound; OutOfStock; CartVersionConflict.
    """
    cart = _lock_existing(owner, expected_version)
    item = cart.items.filter(pk=item_id).first() if cart else None
    if cart is None or item is None:
        raise NotFound
    offers = _offers([item.variant_id])
    available = offers[0].available if offers else 0
    if quantity > available:
        raise OutOfStock({item.variant_id: available})
    item.quantity = quantity
    item.save(update_fields=["quantity", "updated_at"])
    _touch(cart)


@transaction.atomic
def remove_item(owner: Owner, item_id: UUID, *, expected_version: int | None = None) -> None:
    """Take one line out. Locks: the cart. Raises: NotFound; CartVersionConflict."""
    cart = _lock_existing(owner, expected_version)
    if cart is None or not cart.items.filter(pk=item_id).delete()[0]:
        raise NotFound
    _touch(cart)


@transaction.atomic
def clear_cart(owner: Owner, *, expected_version: int | None = None) -> None:
    """Take everything out. Idempotent. Locks: the cart. Raises: CartVersionConflict."""
    cart = _lock_existing(owner, expected_version)
    if cart is not None and cart.items.all().delete()[0]:
        _touch(cart)


@transaction.atomic
def sync_cart(
    owner: Owner,
    quantities: Mapping[UUID, int],
    *,
    guest_token: str = "",
    expected_version: int | None = None,
) -> SyncResult:
    """Merge a list that a client kept by itself, by variant id; of two quantities the higher wins.

    What is more than the stock is cut to it; what is not sold, or sold out, is dropped. A user's
    `guest_token` merges that guest's cart first.
    Locks: the carts. Raises: InvalidInput beyond 100 lines; CartVersionConflict.
    """
    cart, owner = get_or_create(owner)
    _check_version(cart, expected_version)
    has_changed = bool(guest_token and owner.user_id and _merge(cart, guest_token))
    present = quantities_in(cart)
    offers = [offer for offer in _offers(quantities) if offer.available > 0]
    wanted, reduced = {}, []
    for offer in offers:
        highest = max(quantities[offer.variant_id], present.get(offer.variant_id, 0))
        wanted[offer.variant_id] = min(highest, offer.available)
        if highest > offer.available:
            reduced.append(offer.variant_id)
    if len(present.keys() | wanted.keys()) > MAX_LINES:
        raise _too_many_lines("items")
    changes = {key: units for key, units in wanted.items() if present.get(key) != units}
    _store(cart, changes, offers, update_price=False)
    if changes or has_changed:
        _touch(cart)
    dropped = [variant_id for variant_id in quantities if variant_id not in wanted]
    return SyncResult(owner, reduced, dropped)


@transaction.atomic
def merge_guest_cart(user: User, cart_token: str | None) -> None:
    """Put a guest's cart into the user's and delete it: what happens at sign-in.

    Quantities add up, up to the stock and to 999; a sold-out line stays at one unit, so that the
    user is told. The user's own lines come first when there are more than 100.
    Idempotent: the token is spent with the first merge. Locks: both carts.
    """
    if not cart_token or find_cart(Owner(token=cart_token)) is None:
        return
    cart, _ = get_or_create(Owner(user_id=user.pk))
    if _merge(cart, cart_token):
        _touch(cart)


def lock_cart(user: User) -> Cart | None:
    """Lock the user's cart, if there is one, until the caller's transaction ends."""
    return find_cart(Owner(user_id=user.pk), lock=True)


def remove_ordered(cart_id: UUID, variant_ids: Collection[UUID]) -> None:
    """Take out what has just been ordered. The caller holds the cart's lock (`lock_cart`)."""
    fetch_prepared(
        """
        WITH taken AS (
            DELETE FROM cart_cartitem WHERE cart_id = %s AND variant_id = ANY(%s) RETURNING id
        )
        UPDATE cart_cart SET version = version + 1, updated_at = statement_timestamp()
        WHERE id = %s AND EXISTS (SELECT FROM taken) RETURNING id
        """,
        [cart_id, list(variant_ids), cart_id],
    )


def drop_cart(user_id: UUID) -> None:
    """Delete a user's cart: the account is closed. Idempotent."""
    Cart.objects.filter(user_id=user_id).delete()


def prune_carts(*, limit: int = 10_000, dry_run: bool = False) -> int:
    """Delete guests' carts that have expired, in batches; returns how many there were.

    Safe late, twice and beside itself: a second run at the same time does nothing.
    """
    if dry_run:
        return Cart.objects.expired()[:limit].count()
    pruned = 0
    with job_lock("cart.prune") as taken:
        while taken and pruned < limit:
            batch = _prune_batch(min(PRUNE_BATCH, limit - pruned))
            pruned += batch
            if not batch:
                break
    return pruned


@transaction.atomic
def _prune_batch(size: int) -> int:
    expired = Cart.objects.expired().order_by("expires_at").select_for_update(skip_locked=True)
    ids = list(expired.values_list("pk", flat=True)[:size])
    CartItem.objects.filter(cart_id__in=ids).delete()
    return Cart.objects.filter(pk__in=ids).delete()[0]


def _merge(cart: Cart, cart_token: str) -> bool:
    """Move the lines of a guest's cart into the locked cart of a user; False when it is gone.

    Users' carts are locked before guests' everywhere, so that merges cannot deadlock.
    """
    guest = find_cart(Owner(token=cart_token), lock=True)
    if guest is None:
        return False
    present = quantities_in(cart)
    free = Coalesce(F("variant__stock__on_hand") - F("variant__stock__reserved"), 0)
    lines = list(guest.items.order_by("pk").annotate(free=free))
    room = MAX_LINES - len(present)
    kept = [line for line in lines if line.variant_id in present]
    kept += [line for line in lines if line.variant_id not in present][:room]
    for line in kept:
        total = present.get(line.variant_id, 0) + line.quantity
        line.cart = cart
        line.quantity = max(1, min(total, MAX_QUANTITY, line.free))
    guest.delete()
    _upsert(kept, ["quantity", "updated_at"])
    return True


def _lock_existing(owner: Owner, expected_version: int | None) -> Cart | None:
    cart = find_cart(owner, lock=True)
    _check_version(cart, expected_version)
    return cart


def _check_version(cart: Cart | None, expected_version: int | None) -> None:
    """A cart that is not there yet is at version 0."""
    version = cart.version if cart else 0
    if expected_version is not None and expected_version != version:
        raise CartVersionConflict(version)


def _find_offer(variant_id: UUID | None, product_id: UUID | None) -> _Offer:
    if variant_id is not None:
        offers = _offers([variant_id], product_id=product_id)
    else:
        offers = _offers(None, product_id=product_id)
    if not offers:
        raise NotFound("This product is not sold here.")
    if len(offers) > 1:
        raise InvalidInput(
            "variant_id", "This product has several variants: choose one.", code="required"
        )
    return offers[0]


def _offers(variant_ids: Iterable[UUID] | None, *, product_id: UUID | None = None) -> list[_Offer]:
    """Read the sellable ones among variants, or of a product, with their price and stock."""
    if variant_ids is None:
        rows = _sellable_of_product.values(product_id=product_id)
    else:
        rows = _sellable.values(ids=list(variant_ids))
    return [
        _Offer(
            variant_id=row["pk"],
            price_amount=row["price_amount"],
            available=(row["stock__on_hand"] or 0) - (row["stock__reserved"] or 0),
        )
        for row in rows
        if product_id in (None, row["product_id"])
    ]


_OFFER = ("pk", "product_id", "price_amount", "stock__on_hand", "stock__reserved")


@PreparedQuery
def _sellable() -> Any:
    variants = ProductVariant.objects.sellable().filter(OneOf(F("pk"), Given("ids")))
    return variants.order_by("pk").values(*_OFFER)


@PreparedQuery
def _sellable_of_product() -> Any:
    variants = ProductVariant.objects.sellable().filter(product_id=Given("product_id"))
    return variants.order_by("pk").values(*_OFFER)


def _store(
    cart: Cart, quantities: Mapping[UUID, int], offers: Iterable[_Offer], *, update_price: bool
) -> None:
    """Write lines in one statement; the price is that of now for new lines, or for all."""
    rows = [
        CartItem(
            cart=cart,
            variant_id=offer.variant_id,
            quantity=quantities[offer.variant_id],
            added_price_amount=offer.price_amount,
        )
        for offer in offers
        if offer.variant_id in quantities
    ]
    price = ["added_price_amount"] if update_price else []
    _upsert(rows, ["quantity", "updated_at", *price])


def _upsert(rows: Sequence[CartItem], update_fields: list[str]) -> None:
    if rows:
        upsert_rows(rows, unique=("cart_id", "variant_id"), update=tuple(update_fields))


def _touch(cart: Cart) -> None:
    """Move the version of a locked cart, and put off the day on which a guest's expires."""
    if cart.token_hash is not None:
        cart.expires_at = _guest_expiry()
    rows = fetch_prepared(
        """
        UPDATE cart_cart
        SET version = version + 1, expires_at = %s, updated_at = statement_timestamp()
        WHERE id = %s RETURNING version
        """,
        [cart.expires_at, cart.pk],
    )
    cart.version = rows[0][0]


def _guest_expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.CART_TTL_DAYS)


def _too_many_lines(field: str) -> InvalidInput:
    return InvalidInput(field, f"A cart holds at most {MAX_LINES} lines.", code="max_length")
