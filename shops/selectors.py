"""Reads that join several tables of shops."""

from typing import Any

from accounts.models import User
from shops.models import Shop, ShopStatusChange, StoreLocation


def held_shop(owner: User) -> dict[str, Any] | None:
    """Return the user's shop for the export of all that is held about them."""
    shop = Shop.objects.filter(owner=owner).values().first()
    if shop is None:
        return None
    changes = ShopStatusChange.objects.filter(shop_id=shop["id"]).order_by("pk")
    history = changes.values("from_status", "to_status", "reason", "created_at")
    locations = StoreLocation.objects.filter(shop_id=shop["id"]).order_by("pk")
    return {**shop, "history": list(history), "locations": list(locations.values())}
