"""A small shop floor on which every invariant holds, made anew for each run that checks them.

The large catalogue of the other programs has stock that nobody ever delivered and ratings without
reviews: nothing that could be told from damage.
"""

from collections.abc import Container
from typing import Final
from uuid import UUID

from django.db import connection

from benchmarks import environment
from catalog.inventory.services import set_on_hand
from catalog.models import ProductVariant
from marketplace.common.read_cache import client

PRODUCTS: Final = 2_000
TEMPLATE: Final = "floor"

# What lies on the shelves has come there, and nobody has reviewed anything yet.
_BALANCE: Final = """
    INSERT INTO inventory_stockmovement
        (id, created_at, updated_at, variant_id, delta, reason, note)
    SELECT gen_random_uuid(), now(), now(), variant_id, on_hand, 'received', ''
    FROM inventory_stockitem item
    WHERE NOT EXISTS (SELECT FROM inventory_stockmovement WHERE variant_id = item.variant_id);
    UPDATE catalog_product SET average_rating = 0, review_count = 0, rating_sum = 0
    WHERE review_count > 0 OR average_rating > 0
"""


def use_new_floor(name: str) -> None:
    """Use a new database of this name once `environment.start` has run; an old one is dropped."""
    environment.use_database(PRODUCTS, name=TEMPLATE)
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE)
    environment.copy_database(TEMPLATE, name)
    environment.use_database(PRODUCTS, name=name)
    client().call(b"FLUSHALL")


def scarce_variants(count: int, units: int) -> list[UUID]:
    """Leave so many units of so many variants, each of another shop where there are enough."""
    rows = ProductVariant.objects.sellable().order_by("shop", "id").values_list("shop", "id")
    by_shop: dict[UUID, list[UUID]] = {}
    for shop_id, variant_id in rows:
        by_shop.setdefault(shop_id, []).append(variant_id)
    lists = list(by_shop.values())
    chosen = [lists[place % len(lists)][place // len(lists)] for place in range(count)]
    for variant_id in chosen:
        set_on_hand(variant_id, units, actor=None)
    return chosen


def some_variants(count: int, *, but: Container[UUID]) -> list[str]:
    """Return so many variants for sale, with plenty of units of each."""
    rows = ProductVariant.objects.sellable().order_by("id").values_list("id", flat=True)
    return [str(pk) for pk in rows[: count * 2] if pk not in but][:count]
