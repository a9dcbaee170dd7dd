from django.contrib import admin

from cart.models import Cart, CartItem
from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin, ModelAdmin[Cart]):
    """Carts to look at; the hash of a guest's token is nobody's business."""

    list_display = ["id", "user", "version", "expires_at", "updated_at"]
    list_filter = ["updated_at"]
    list_select_related = ["user"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number or e-mail address."
    ordering = ["-id"]
    hidden_fields = ("token_hash",)
    fields = ["id", "user", "version", "expires_at", "created_at", "updated_at"]


@admin.register(CartItem)
class CartItemAdmin(ReadOnlyAdmin, ModelAdmin[CartItem]):
    list_display = ["variant", "quantity", "added_price_amount", "cart", "updated_at"]
    list_select_related = ["variant", "cart"]
    search_fields = ["=variant__sku", "=cart__user__phone_number", "=cart__user__email"]
    search_help_text = "A whole sku, phone number or e-mail address."
    ordering = ["-id"]
