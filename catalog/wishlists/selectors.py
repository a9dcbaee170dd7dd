"""Reads of wishlists beyond their own tables."""

from typing import Any

from accounts.models import User
from catalog.wishlists.models import Wishlist, WishlistItem


def held_wishlists(user: User) -> list[dict[str, Any]]:
    """Return the user's lists with their items, for the export of all that is held about them."""
    lists = Wishlist.objects.of(user).order_by("pk")
    names = ("id", "product_id", "variant_id", "note", "price_amount", "created_at")
    items: dict[Any, list[dict[str, Any]]] = {}
    rows = WishlistItem.objects.filter(wishlist__user=user).order_by("pk")
    for row in rows.values("wishlist_id", *names):
        items.setdefault(row.pop("wishlist_id"), []).append(dict(row))
    return [
        {
            "id": row.pk,
            "name": row.name,
            "is_default": row.is_default,
            "is_shared": row.share_token is not None,
            "created_at": row.created_at,
            "items": items.get(row.pk, []),
        }
        for row in lists
    ]


def first_name(user: User) -> str:
    """Return what strangers may read of a name: Vietnamese given names come last."""
    words = user.full_name.split()
    if not words:
        return ""
    return words[-1 if user.language == "vi" else 0]
