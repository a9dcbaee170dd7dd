"""The shop floor that is measured: a large catalogue and some buyers, written by COPY."""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import Address, Session, User
from benchmarks.progress import Progress
from cart.models import Cart
from catalog.inventory.models import Reservation, StockItem, StockMovement
from catalog.models import (
    Brand,
    Category,
    Product,
    ProductImage,
    ProductVariant,
    SearchDocument,
)
from catalog.search.documents import rebuild_words, write_documents
from catalog.search.filters import SEPARATOR
from catalog.search.tiers import refresh_tiers
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.read_cache import client
from marketplace.common.texts import slugify
from orders.models import Checkout
from shops.constants import ShopStatus
from shops.models import Shop
from shops.shipping.constants import Zone
from shops.shipping.models import ShippingMethod, ShippingRate

SHOPS, BRANDS, BUYERS = 20, 40, 200
VARIANTS = 3
ON_HAND = 1_000_000
CHUNK = 5_000
# Nothing of it is secret, so one seed makes every run read the same catalogue.
RANDOM_SEED = 20_261_121

THINGS = "Áo thun|Áo sơ mi|Quần jean|Váy|Giày|Túi xách|Đồng hồ|Điện thoại|Tai nghe|Nồi cơm"
KINDS = "nam|nữ|trẻ em|cao cấp|thể thao|công sở|dáng rộng|chống nước|mini|không dây"
COLOURS = ("đỏ", "xanh", "đen", "trắng", "vàng", "nâu")
SIZES = ("S", "M", "L")
ADDRESS = {
    "recipient_name": "Nguyễn Văn An",
    "phone_number": "+84987654321",
    "line1": "1 Tràng Tiền",
    "ward": "Tràng Tiền",
    "district": "Hoàn Kiếm",
    "province": "Hà Nội",
    "country": "VN",
}


def fill(products: int) -> None:
    """Fill the empty database of this size: rows by COPY, then indexes, then search documents."""
    started = time.monotonic()
    _begin()
    _empty()
    shops, categories, brands = _shops(), _categories(), _brands()
    _buyers()
    _shipping()
    chunks = [range(n, min(n + CHUNK, products)) for n in range(0, products, CHUNK)]
    with _without_indexes(Product, ProductVariant, StockItem, ProductImage):
        copy = partial(_copy_chunk, shops=shops, categories=categories, brands=brands)
        _in_parallel("products", copy, chunks, products)
    _analyze()
    with _without_indexes(SearchDocument):
        ids = list(Product.objects.values_list("pk", flat=True).order_by("pk"))
        edges = [*ids[::CHUNK], UUID(int=2**128 - 1)]
        _in_parallel("search documents", _index_chunk, list(pairwise(edges)), products)
    refresh_tiers()
    rebuild_words()
    _analyze()
    print(f"data: {products:,} products ready after {time.monotonic() - started:.0f} s")


def forget_orders() -> None:
    """Take the orders, carts and events of earlier runs away, and whatever Redis keeps.

    What was scarce or sold out is on the shelf again.
    """
    tables = ", ".join(
        model._meta.db_table for model in (Checkout, Cart, OutboxEvent, Reservation, StockMovement)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        cursor.execute(
            f"UPDATE {StockItem._meta.db_table} SET reserved = 0, on_hand = {ON_HAND} "
            f"WHERE reserved > 0 OR on_hand <> {ON_HAND}"
        )
        cursor.execute(f"UPDATE {Product._meta.db_table} SET in_stock = true WHERE NOT in_stock")
        cursor.execute(f"VACUUM (ANALYZE) {StockItem._meta.db_table}")
    connection.close()
    client().call(b"FLUSHALL")


def _begin() -> None:
    """Prepare a connection for bulk work: references are right as they are made here."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET statement_timeout = 0; SET session_replication_role = replica; "
            "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'"
        )


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _empty() -> None:
    """Take away what migrations put into a new database."""
    tables = ", ".join(
        model._meta.db_table for model in (User, Shop, Category, Brand, Product, ShippingMethod)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


@contextmanager
def _without_indexes(*models: type[Model]) -> Iterator[None]:
    """Drop the indexes of tables, but for those of constraints, and make them again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid)
            FROM pg_index index
            WHERE index.indrelid::regclass::text = ANY(%s) AND NOT EXISTS
                (SELECT FROM pg_constraint WHERE conindid = index.indexrelid)
            """,
            [[model._meta.db_table for model in models]],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    progress = Progress("indexes", len(indexes))
    with connection.cursor() as cursor:  # another one: the connection may be another
        for _, definition in indexes:
            cursor.execute(definition)
            progress.add(1)


def _in_parallel(what: str, work: Callable[[Any], int], parts: Sequence[Any], total: int) -> None:
    """Do the parts in as many processes as there are cores; each returns how many it has done."""
    progress = Progress(what, total)
    connection.close()  # a forked process must not share it
    with ProcessPoolExecutor(
        mp_context=get_context("fork"), max_workers=os.cpu_count(), initializer=_begin
    ) as pool:
        for done in as_completed([pool.submit(work, part) for part in parts]):
            progress.add(done.result())
    _begin()


def _index_chunk(edges: tuple[UUID, UUID]) -> int:
    """Write the search documents of the products between two ids."""
    products = Product.objects.filter(pk__gte=edges[0], pk__lt=edges[1]).order_by("pk")
    ids = list(products.values_list("pk", flat=True))
    for start in range(0, len(ids), 1_000):
        write_documents(ids[start : start + 1_000])
    return len(ids)


def _shops() -> list[Shop]:
    """Make the shops; one in ten is suspended, so that the join to shops has something to do."""
    owners = User.objects.bulk_create(
        User(email=f"seller{n}@bench.test", full_name=f"Người bán {n}") for n in range(SHOPS)
    )
    return Shop.objects.bulk_create(
        Shop(
            owner=owner,
            name=f"Cửa hàng {n}",
            slug=f"cua-hang-{n}",
            status=ShopStatus.SUSPENDED if n % 10 == 9 else ShopStatus.APPROVED,
            pickup_address=ADDRESS,
        )
        for n, owner in enumerate(owners)
    )


def _categories() -> list[Category]:
    """Make a tree of 10 roots, 50 branches and 240 leaves; return the leaves."""
    rows: list[Category] = []

    def grow(parent: Category | None, number: int) -> Category:
        name = f"{parent.name if parent else 'Danh mục'} {number}"
        row = Category(parent=parent, name=name, slug=slugify(name), position=number)
        row.path = (parent.path if parent else "") + f"{row.id.hex}/"
        row.depth = parent.depth + 1 if parent else 0
        rows.append(row)
        return row

    roots = [grow(None, n) for n in range(10)]
    branches = [grow(roots[n % 10], n // 10) for n in range(50)]
    leaves = [grow(branches[n % 50], n // 50) for n in range(240)]
    Category.objects.bulk_create(rows)
    return leaves


def _brands() -> list[Brand]:
    return Brand.objects.bulk_create(
        Brand(name=f"Thương hiệu {n}", slug=f"thuong-hieu-{n}") for n in range(BRANDS)
    )


def _buyers() -> None:
    now = timezone.now()
    buyers = User.objects.bulk_create(
        User(email=f"buyer{n}@bench.test", full_name=f"Người mua {n}", email_verified_at=now)
        for n in range(BUYERS)
    )
    Address.objects.bulk_create(Address(user=user, is_default=True, **ADDRESS) for user in buyers)
    Session.objects.bulk_create(
        Session(
            user=user,
            token_id=uuid7(),
            last_used_at=now,
            expires_at=now + timedelta(days=3650),
        )
        for user in buyers
    )


def _shipping() -> None:
    method = ShippingMethod.objects.create(service_code="standard", name="Tiêu chuẩn")
    ShippingRate.objects.bulk_create(
        ShippingRate(
            method=method,
            zone=zone,
            up_to_grams=1000,
            fee_amount=30_000,
            per_extra_kg_amount=5_000,
        )
        for zone in Zone.values
    )


def _copy_chunk(
    numbers: range, *, shops: list[Shop], categories: list[Category], brands: list[Brand]
) -> int:
    """Copy the products of these numbers with all that belongs to them."""
    dice = random.Random(RANDOM_SEED + numbers.start)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    chunk = [
        ProductRows(
            number,
            dice,
            # Several share a minute, and prices and ratings have few values: pages have ties.
            start + timedelta(minutes=number // 3),
            dice.choice(shops),
            dice.choice(categories),
            dice.choice(brands) if dice.random() < 0.8 else None,
        )
        for number in numbers
    ]
    columns = {
        Product: ProductRows.product,
        ProductVariant: ProductRows.variants,
        StockItem: ProductRows.stock,
        ProductImage: ProductRows.images,
    }
    for model, rows_of in columns.items():
        _copy(model, (row for product in chunk for row in rows_of(product)))
    return len(numbers)


class ProductRows:
    """One product and its dependants as rows for COPY."""

    def __init__(
        self,
        number: int,
        dice: random.Random,
        at: datetime,
        shop: Shop,
        category: Category,
        brand: Brand | None,
    ) -> None:
        self.id, self.number, self.at, self.shop = uuid7(), number, at, shop
        thing, kind = dice.choice(THINGS.split("|")), dice.choice(KINDS.split("|"))
        self.colour = dice.choice(COLOURS)
        self.title = f"{thing} {kind} {self.colour} {number}"
        self.category, self.brand = category, brand
        self.price = dice.randrange(20, 2000) * 1000
        self.rating = dice.randrange(0, 11) / 2
        self.sold = int(dice.paretovariate(1.2)) - 1
        self.variant_ids = [uuid7() for _ in range(VARIANTS)]

    def _times(self) -> dict[str, Any]:
        return {"created_at": self.at, "updated_at": self.at}

    def product(self) -> Iterator[dict[str, Any]]:
        yield {
            "id": self.id,
            **self._times(),
            "shop_id": self.shop.id,
            "category_id": self.category.id,
            "brand_id": self.brand.id if self.brand else None,
            "title": self.title,
            "slug": slugify(self.title),
            "description": f"{self.title}. " * 20,
            "attributes": _json({"màu": self.colour}),
            "filter_values": sorted(
                f"{name}{SEPARATOR}{value}"
                for name, value in [("màu", self.colour), *(("size", size) for size in SIZES)]
            ),
            "meta_title": "",
            "meta_description": "",
            "status": "active" if self.number % 50 else "draft",
            "status_reason": "",
            "is_featured": self.number % 100 == 1,
            "archived_at": None,
            "min_price_amount": self.price,
            "max_price_amount": self.price + (VARIANTS - 1) * 10_000,
            "compare_at_price_amount": None,
            "is_on_sale": False,
            "in_stock": True,
            "thumbnail": f"products/{self.id}.jpg",
            "average_rating": self.rating,
            "review_count": self.sold // 3,
            "sold_count": self.sold,
        }

    def variants(self) -> Iterator[dict[str, Any]]:
        for n, variant_id in enumerate(self.variant_ids):
            yield {
                "id": variant_id,
                **self._times(),
                "product_id": self.id,
                "shop_id": self.shop.id,
                "sku": f"B{self.number}-{n}",
                "name": SIZES[n],
                "price_amount": self.price + n * 10_000,
                "compare_at_price_amount": None,
                "attributes": _json({"size": SIZES[n]}),
                "weight_grams": 300,
                "is_active": True,
                "position": n,
                "archived_at": None,
            }

    def stock(self) -> Iterator[dict[str, Any]]:
        for variant_id in self.variant_ids:
            yield {
                "id": uuid7(),
                **self._times(),
                "variant_id": variant_id,
                "on_hand": ON_HAND,
                "reserved": 0,
                "low_stock_threshold": 5,
            }

    def images(self) -> Iterator[dict[str, Any]]:
        for n in range(2):
            yield {
                "id": uuid7(),
                **self._times(),
                "product_id": self.id,
                "file": f"products/{self.id}-{n}.jpg",
                "alt_text": self.title,
                "position": n,
                "is_primary": n == 0,
                "width": 800,
                "height": 800,
            }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _copy(model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    iterator = iter(rows)
    head = next(iterator)
    names: Sequence[str] = list(head)
    sql = f"COPY {model._meta.db_table} ({', '.join(names)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        write: Callable[[Sequence[Any]], None] = copy.write_row
        write(list(head.values()))
        for row in iterator:
            write(list(row.values()))
