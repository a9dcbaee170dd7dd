"""Carts of users and guests."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cart.constants import MAX_QUANTITY
from cart.querysets import CartQuerySet
from catalog.models import ProductVariant
from marketplace.common.models import BaseModel, amount_field


class Cart(BaseModel):
    """One cart per user or per guest token (stored hashed); `version` moves with each change."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="cart"
    )
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Guests only.")

    objects = CartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cart_has_one_owner",
                condition=Q(user__isnull=False, token_hash__isnull=True)
                | Q(user__isnull=True, token_hash__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                name="cart_by_age", fields=["expires_at"], condition=Q(expires_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"cart of {self.user_id or 'a guest'}"


class CartItem(BaseModel):
    """One variant in a cart; the price is what it cost when it was added, for the warning only."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="items")
    variant = models.ForeignKey(ProductVariant, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    added_price_amount = amount_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cart_item_once", fields=["cart", "variant"]),
            models.CheckConstraint(
                name="cart_item_quantity", condition=Q(quantity__range=(1, MAX_QUANTITY))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
