"""Columns of a product that follow from its variants and images."""

from collections.abc import Iterable
from uuid import UUID

from catalog.events import PriceFell
from catalog.inventory.services import refresh_in_stock
from catalog.models import Product, ProductImage, ProductVariant
from catalog.search.documents import index_products
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed

PRICE_COLUMNS = (
    "min_price_amount",
    "max_price_amount",
    "compare_at_price_amount",
    "is_on_sale",
)


def refresh_derived(product_id: UUID, *, is_variant_cheaper: bool = False) -> None:
    """Recompute what follows from a product's variants, in the caller's transaction.

    Prices, `in_stock`, and what it is found by. Locks: the product. Publishes: catalog.price_fell
    when it costs less than before, or one of its variants does.
    """
    product = Product.objects.lock(product_id)
    price = product.min_price_amount
    prices = ProductVariant.objects.filter(
        product=product, is_active=True, archived_at=None
    ).values_list("price_amount", "compare_at_price_amount")
    set_prices(product, prices)
    product.save(update_fields=[*PRICE_COLUMNS, "updated_at"])
    if is_variant_cheaper or 0 < product.min_price_amount < price:
        publish(PriceFell((product_id,)))
    refresh_in_stock([product_id])
    index_products([product_id])


def set_prices(product: Product, prices: Iterable[tuple[int, int | None]]) -> None:
    """Set PRICE_COLUMNS from the (price, compare-at price) of each active variant.

    The compare-at price is that of the cheapest variant, so that it stands beside the price it
    belongs to. A product without active variants costs nothing, and cannot be published.
    """
    ordered = sorted(prices, key=lambda row: (row[0], -(row[1] or 0)))
    cheapest, dearest = (ordered[0], ordered[-1]) if ordered else ((0, None), (0, None))
    product.min_price_amount, product.compare_at_price_amount = cheapest
    product.max_price_amount = dearest[0]
    product.is_on_sale = product.compare_at_price_amount is not None


def refresh_thumbnail(product_id: UUID) -> None:
    """Point the product's thumbnail at its primary image, in the caller's transaction.

    Locks: the product.
    """
    product = Product.objects.lock(product_id)
    primary = ProductImage.objects.filter(product=product, is_primary=True).first()
    product.thumbnail = primary.rendition("card") if primary else ""
    product.save(update_fields=["thumbnail", "updated_at"])
    catalogue_changed()
