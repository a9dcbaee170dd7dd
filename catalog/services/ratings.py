"""How products and their shops are rated: sums that reviews move, and what follows from them."""

from typing import Any
from uuid import UUID

from django.db.models import DecimalField, F
from django.db.models.functions import Cast, Coalesce, NullIf, Round

from catalog.models import Product
from marketplace.common.read_cache import catalogue_changed
from shops.models import Shop


def adjust_ratings(product_id: UUID, shop_id: UUID, *, reviews: int, stars: int) -> None:
    """Add reviews and their stars to a product and its shop, in the transaction of the reviews.

    Increments, so that concurrent ones all count. Locks: the product, then the shop.
    """
    catalogue_changed()
    columns = _moved(reviews, stars)
    Product.objects.filter(pk=product_id).update(**columns)
    Shop.objects.filter(pk=shop_id).update(**columns)


def _moved(reviews: int, stars: int) -> dict[str, Any]:
    """Return the new values; in an UPDATE, all of them are computed from the old row."""
    count, total = F("review_count") + reviews, F("rating_sum") + stars
    mean = Cast(total, DecimalField(max_digits=20, decimal_places=0)) / NullIf(count, 0)
    return {
        "review_count": count,
        "rating_sum": total,
        "average_rating": Coalesce(
            Round(mean, precision=2, output_field=DecimalField(max_digits=3, decimal_places=2)),
            0,
            output_field=DecimalField(max_digits=3, decimal_places=2),
        ),
    }
