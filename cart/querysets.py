"""Whose cart is whose, and its lock."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.utils import timezone

from cart.tokens import hash_token

if TYPE_CHECKING:
    from cart.models import Cart


@dataclass(frozen=True)
class Owner:
    """Who a cart belongs to: a user, or whoever holds a guest's token (empty: nobody yet)."""

    user_id: UUID | None = None
    token: str = ""


class CartQuerySet(models.QuerySet["Cart"]):
    def of(self, owner: Owner) -> Self:
        """The owner's cart; a guest's only until it expires."""
        if owner.user_id is not None:
            return self.filter(user_id=owner.user_id)
        if not owner.token:
            return self.none()
        return self.filter(token_hash=hash_token(owner.token), expires_at__gt=timezone.now())

    def lock(self, owner: Owner) -> "Cart | None":
        """Lock the owner's cart and read it, if there is one."""
        return self.of(owner).select_for_update(of=("self",), no_key=True).first()

    def expired(self) -> Self:
        """Guests' carts that nobody can open any more."""
        return self.filter(expires_at__lte=timezone.now())
