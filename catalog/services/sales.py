"""How often things were sold: what lists by popularity read."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import F

from catalog.models import Product
from marketplace.common.read_cache import catalogue_changed
from shops.models import Shop


@transaction.atomic
def record_sales(shop_id: UUID, units: Mapping[UUID, int]) -> None:
    """Add delivered units, by product id, to the counters of the products and their shop.

    Locks: the products by pk, then the shop.
    """
    catalogue_changed()
    for product_id in sorted(units):
        Product.objects.filter(pk=product_id).update(sold_count=F("sold_count") + units[product_id])
    Shop.objects.filter(pk=shop_id).update(sold_count=F("sold_count") + sum(units.values()))
