"""Columns of a product that follow from its variants and images."""

from uuid import UUID

from django.db.models import F

from catalog.inventory.services import refresh_in_stock
from catalog.models import Product, ProductImage, ProductVariant


def refresh_derived(product_id: UUID) -> None:
    """Recompute the prices and `in_stock` of a product, in the caller's transaction.

    The compare-at price is that of the cheapest variant, so that it stands beside the price it
    belongs to. A product without active variants costs nothing, and cannot be published.
    Locks: the product.
    """
    product = Product.objects.lock(product_id)
    prices = list(
        ProductVariant.objects.filter(product=product, is_active=True, archived_at=None)
        .order_by("price_amount", F("compare_at_price_amount").desc(nulls_last=True))
        .values_list("price_amount", "compare_at_price_amount")
    )
    cheapest, dearest = (prices[0], prices[-1]) if prices else ((0, None), (0, None))
    product.min_price_amount, product.compare_at_price_amount = cheapest
    product.max_price_amount = dearest[0]
    product.is_on_sale = product.compare_at_price_amount is not None
    product.save(
        update_fields=[
            "min_price_amount",
            "max_price_amount",
            "compare_at_price_amount",
            "is_on_sale",
            "updated_at",
        ]
    )
    refresh_in_stock([product_id])


def refresh_thumbnail(product_id: UUID) -> None:
    """Point the product's thumbnail at its primary image, in the caller's transaction.

    Locks: the product.
    """
    product = Product.objects.lock(product_id)
    primary = ProductImage.objects.filter(product=product, is_primary=True).first()
    product.thumbnail = primary.file.name or "" if primary else ""
    product.save(update_fields=["thumbnail", "updated_at"])
