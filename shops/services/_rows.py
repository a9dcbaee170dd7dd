"""Locking the shop that a service changes."""

from uuid import UUID

from marketplace.common.rows import locked
from shops.constants import EDITABLE
from shops.errors import ShopNotActive
from shops.models import Shop


def lock_shop(shop_id: UUID) -> Shop:
    """Lock a shop in whatever state. Raises: NotFound."""
    return locked(Shop.objects, shop_id)


def lock_editable_shop(shop_id: UUID) -> Shop:
    """Lock a shop that its people may change. Raises: NotFound; ShopNotActive."""
    shop = lock_shop(shop_id)
    if shop.status not in EDITABLE:
        raise ShopNotActive
    return shop
