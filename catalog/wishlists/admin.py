"""Wishlists in the console, to answer questions with."""

from typing import Any

from django.contrib import admin

from catalog.wishlists.models import Wishlist, WishlistItem
from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin


@admin.register(Wishlist)
class WishlistAdmin(ReadOnlyAdmin, ModelAdmin[Wishlist]):
    """Whose lists there are; the link itself is the owner's alone."""

    list_display = ["name", "user", "is_default", "item_count", "is_shared", "created_at"]
    list_select_related = ["user"]
    list_filter = ["is_default", "created_at"]
    hidden_fields = ("share_token",)
    fields = ["name", "user", "is_default", "item_count", "is_shared", "created_at", "updated_at"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]

    @admin.display(description="shared", boolean=True)
    def is_shared(self, wishlist: Wishlist) -> Any:
        return wishlist.share_token is not None


@admin.register(WishlistItem)
class WishlistItemAdmin(ReadOnlyAdmin, ModelAdmin[WishlistItem]):
    list_display = ["product", "variant", "wishlist", "price_amount", "created_at"]
    list_select_related = ["product", "variant", "wishlist"]
    list_filter = ["created_at"]
    search_help_text = "A whole id."
    ordering = ["-id"]
