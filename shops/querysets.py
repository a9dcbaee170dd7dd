"""Filters and locks of shops."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

from shops.constants import ShopStatus

if TYPE_CHECKING:
    from shops.models import Shop, StoreLocation  # noqa: F401


class ShopQuerySet(models.QuerySet["Shop"]):
    def public(self) -> Self:
        """Shops that buyers see and can buy from."""
        return self.filter(status=ShopStatus.APPROVED)

    def lock(self, shop_id: UUID) -> "Shop":
        """Lock one shop and read it. Raises: Shop.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=shop_id)


class StoreLocationQuerySet(models.QuerySet["StoreLocation"]):
    def public(self) -> Self:
        """Locations to show: active, the platform's own or an approved shop's."""
        return self.filter(
            models.Q(shop=None) | models.Q(shop__status=ShopStatus.APPROVED),
            is_active=True,
            archived_at=None,
        )
