"""Fill an empty marketplace with a demo, or a large one with more of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import ProductVariant
from catalog.search.documents import rebuild_documents, rebuild_words
from marketplace.common.errors import DomainError
from marketplace.demo.goods import SKU_PREFIX, ProductMaker, ProductTables, write_product
from marketplace.demo.people import World, make_world
from marketplace.demo.pictures import draw_pictures
from marketplace.demo.sales.maker import SalesMaker
from marketplace.demo.sales.tables import SalesTables
from marketplace.demo.tables import flush_all
from marketplace.demo.visits import make_visits
from marketplace.demo.vouchers import make_vouchers
from orders.metrics.services import count_everything
from orders.models import Order

# Bounds the memory: this many products, and all that was sold of them, are held at once.
BATCH = 1000
PREFIX_DIGITS = slice(len(SKU_PREFIX), len(SKU_PREFIX) + 8)


class NotInProduction(DomainError):
    """The demo's password is public."""

    code = "not_in_production"
    message = "The demo's accounts have a password that everybody knows: never in production."


@dataclass(frozen=True)
class Seeded:
    """What one run made."""

    products: int = 0
    orders: int = 0
    reviews: int = 0


def seed_demo(
    *,
    products: int,
    shops: int,
    seed: int = 1,
    on_progress: Callable[[int], None] = lambda made: None,
) -> Seeded:
    """Make demo products up to this number, and all they need: all of it, or nothing.

    Idempotent: what is there already counts, so a second run makes nothing. What products are found
    by follows after the commit; where that was interrupted, `rebuild_search` goes on.
    Raises: NotInProduction.
    """
    if settings.ENVIRONMENT == "production":
        raise NotInProduction
    first = _products_made() + 1
    if first > products:
        return Seeded()
    pictures = draw_pictures()
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A batch is quick, but sums over a million rows may take longer than a request may.
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Deferred checks would be remembered, row by row, until the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        world = make_world(shops=shops, seed=seed, now=now)
        make_vouchers(world.shops, now=now)
        maker = ProductMaker(world, pictures, seed=seed, now=now)
        seeded = _make_products(maker, world, range(first, products + 1), seed, now, on_progress)
        _refresh_shops()
        make_visits(now=now, zone=settings.LOCAL_TIME_ZONE, seed=seed)
    rebuild_documents()
    rebuild_words()
    _analyze()
    count_everything()
    return seeded


def _make_products(
    maker: ProductMaker,
    world: World,
    numbers: range,
    seed: int,
    now: datetime,
    on_progress: Callable[[int], None],
) -> Seeded:
    goods_tables, sales_tables = ProductTables(), SalesTables()
    sales = SalesMaker(world, now=now, first_number=Order.objects.count() + 1)
    for start in range(numbers.start, numbers.stop, BATCH):
        batch = [maker.make(n) for n in range(start, min(start + BATCH, numbers.stop))]
        rng = Random(seed * 1_000_000_009 + start)  # noqa: S311 - plausible, not secret
        sales.sell([goods for goods, _ in batch], sales_tables, goods_tables, rng)
        for goods, own_rng in batch:
            write_product(goods_tables, goods, own_rng)
        flush_all((*goods_tables.in_order(), *sales_tables.in_order()))
        on_progress(len(batch))
    return Seeded(products=len(numbers), orders=sales.orders, reviews=sales.reviews)


def _products_made() -> int:
    """Return the highest number of a demo product; products of real sellers do not count."""
    last = (
        ProductVariant.objects.filter(sku__startswith=SKU_PREFIX)
        .order_by("-sku")
        .values_list("sku", flat=True)
        .first()
    )
    return int(last[PREFIX_DIGITS]) if last else 0


def _refresh_shops() -> None:
    """Have the shops' ratings and counts follow from their products and reviews."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE shops_shop shop
            SET sold_count = sums.sold, review_count = sums.reviews,
                average_rating = sums.rating, rating_sum = sums.stars,
                updated_at = now()
            FROM (
                SELECT product.shop_id, sum(product.sold_count) AS sold,
                       coalesce(sum(rated.reviews), 0) AS reviews,
                       coalesce(sum(rated.stars), 0) AS stars,
                       coalesce(round(sum(rated.stars) / sum(rated.reviews), 2), 0) AS rating
                FROM catalog_product product
                LEFT JOIN (
                    SELECT product_id, count(*) AS reviews, sum(rating)::numeric AS stars
                    FROM reviews_review WHERE status = 'published' GROUP BY product_id
                ) rated ON rated.product_id = product.id
                GROUP BY product.shop_id
            ) sums
            WHERE shop.id = sums.shop_id
            """
        )


def _analyze() -> None:
    """Tell the planner of the new rows now, not when autovacuum comes by."""
    with connection.cursor() as cursor:
        names = [table.name for table in (*ProductTables().in_order(), *SalesTables().in_order())]
        for name in (*names, "catalog_searchdocument", "catalog_searchword"):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
