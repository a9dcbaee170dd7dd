"""Whose cart is whose, and which have expired."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from cart.models import Cart  # noqa: F401


@dataclass(frozen=True)
class Owner:
    """Who a cart belongs to: a user, or whoever holds a guest's token (empty: nobody yet)."""

    user_id: UUID | None = None
    token: str = ""


class CartQuerySet(models.QuerySet["Cart"]):
    def expired(self) -> Self:
        """Guests' carts that nobody can open any more."""
        return self.filter(expires_at__lte=timezone.now())
