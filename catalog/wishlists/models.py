"""Wishlists: what buyers keep for later, and show to others by a link."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from catalog.models import Product, ProductVariant
from catalog.wishlists.constants import MAX_ITEMS, MAX_NAME_LENGTH, MAX_NOTE_LENGTH
from catalog.wishlists.querysets import WishlistItemQuerySet, WishlistQuerySet
from marketplace.common.models import BaseModel, amount_field


class Wishlist(BaseModel):
    """One list of a buyer's; who has `share_token` may see it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="wishlists")
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    is_default = models.BooleanField(default=False)
    item_count = models.PositiveIntegerField(default=0)
    share_token = models.CharField(max_length=43, null=True, blank=True, editable=False)

    objects = WishlistQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="wishlist_one_default", fields=["user"], condition=Q(is_default=True)
            ),
            models.UniqueConstraint("user", Lower("name"), name="wishlist_name_once"),
            models.UniqueConstraint(name="wishlist_share_token_once", fields=["share_token"]),
            # The last line of defence of the limit.
            models.CheckConstraint(
                name="wishlist_not_too_long", condition=Q(item_count__lte=MAX_ITEMS)
            ),
        ]
        indexes = [models.Index(name="wishlist_of_user", fields=["user", "id"])]

    def __str__(self) -> str:
        return self.name


class WishlistItem(BaseModel):
    """A product, or one variant of it; `price_amount` is what it cost when it was added."""

    wishlist = models.ForeignKey(Wishlist, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        ProductVariant, models.CASCADE, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=MAX_NOTE_LENGTH, blank=True)
    price_amount = amount_field(help_text="When it was added.")

    objects = WishlistItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="wishlist_item_once",
                fields=["wishlist", "product", "variant"],
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(name="wishlist_item_of_list", fields=["wishlist", "id"])]

    def __str__(self) -> str:
        return str(self.product_id)
