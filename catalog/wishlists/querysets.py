"""Filters and locks of wishlists."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

from accounts.models import User
from catalog.constants import ProductStatus
from shops.constants import ShopStatus

if TYPE_CHECKING:
    from catalog.wishlists.models import Wishlist, WishlistItem  # noqa: F401


class WishlistQuerySet(models.QuerySet["Wishlist"]):
    def of(self, user: User) -> Self:
        """Row scope: everything else answers 404."""
        return self.filter(user=user)

    def shared_by(self, token: str) -> Self:
        """The list with this link, unless its owner's account is suspended or closed."""
        return self.filter(share_token=token, user__suspended_at=None, user__closed_at=None)

    def lock(self, *list_ids: UUID) -> "dict[UUID, Wishlist]":
        """Lock these lists in pk order, so that two moves cannot deadlock, and read them."""
        rows = self.filter(pk__in=list_ids).order_by("pk")
        return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}


class WishlistItemQuerySet(models.QuerySet["WishlistItem"]):
    def public(self) -> Self:
        """Items whose product buyers see now."""
        return self.filter(
            product__status=ProductStatus.ACTIVE,
            product__archived_at=None,
            product__shop__status=ShopStatus.APPROVED,
        )
