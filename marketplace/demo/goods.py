"""The demo's products, each the same whenever it is made: its number and the seed decide."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from uuid import UUID

from catalog.constants import ProductStatus
from catalog.inventory.constants import MovementReason
from catalog.inventory.models import StockItem, StockMovement
from catalog.models import Product, ProductImage, ProductVariant
from marketplace.common.texts import slugify
from marketplace.demo import data
from marketplace.demo.people import DemoShop, Leaf, World
from marketplace.demo.pictures import Picture
from marketplace.demo.tables import Table, id_at

SKU_PREFIX = "DEMO-"
THOUSAND = 1000
# Most are on sale; the rest gives the moderators something to do.
STATUSES = (
    (ProductStatus.ACTIVE, 970),
    (ProductStatus.PENDING, 12),
    (ProductStatus.DRAFT, 12),
    (ProductStatus.REJECTED, 3),
    (ProductStatus.SUSPENDED, 3),
)


@dataclass
class Variant:
    """A variant on its way; `free` and what follows change as orders are made of it."""

    id: UUID
    sku: str
    name: str
    attributes: dict[str, str]
    price: int
    compare_at_price: int | None
    grams: int
    received: int
    sold: int = 0
    reserved: int = 0

    @property
    def on_hand(self) -> int:
        return self.received - self.sold

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


@dataclass
class Goods:
    """A product on its way, with all that its derived columns follow from."""

    id: UUID
    number: int
    made_at: datetime
    shop: DemoShop
    leaf: Leaf
    brand_id: UUID | None
    title: str
    status: str
    is_featured: bool
    attributes: dict[str, str]
    variants: list[Variant]
    pictures: list[Picture]
    popularity: float
    quality: float
    sold: int = 0
    ratings: list[int] = field(default_factory=list)


class ProductTables:
    """The tables that a product is spread over, in the order of their references."""

    def __init__(self) -> None:
        self.products = Table(
            Product,
            *("shop_id", "category_id", "brand_id", "title", "slug", "description"),
            *("attributes", "meta_title", "meta_description", "status", "is_featured"),
            *("min_price_amount", "max_price_amount", "compare_at_price_amount", "is_on_sale"),
            *("in_stock", "thumbnail", "average_rating", "review_count", "rating_sum"),
            *("sold_count",),
        )
        self.variants = Table(
            ProductVariant,
            *("product_id", "shop_id", "sku", "name", "price_amount", "compare_at_price_amount"),
            *("attributes", "weight_grams", "position"),
        )
        self.stock = Table(StockItem, "variant_id", "on_hand", "reserved")
        self.movements = Table(
            StockMovement, "variant_id", "delta", "reason", "note", "reference", "actor_id"
        )
        self.images = Table(
            ProductImage,
            *("product_id", "file", "alt_text", "position", "is_primary", "width", "height"),
        )

    def in_order(self) -> list[Table]:
        return [self.products, self.variants, self.stock, self.movements, self.images]


class ProductMaker:
    """Makes product number n."""

    def __init__(
        self,
        world: World,
        pictures: tuple[dict[str, Picture], dict[str, list[Picture]]],
        *,
        seed: int,
        now: datetime,
    ) -> None:
        self.world = world
        self.of_section, self.of_department = pictures
        self.seed = seed
        self.now = now

    def make(self, number: int) -> tuple[Goods, Random]:
        """Return the product, and the source of chance for whatever else happens to it."""
        rng = Random(self.seed * 1_000_000_007 + number)  # noqa: S311 - plausible, not secret
        world = self.world
        leaf = rng.choice(world.leaves)
        shop = world.shops[int(len(world.shops) * rng.random() ** 1.4)]
        brand_id, brand = rng.choice(world.brands) if rng.random() < 0.85 else (None, "")
        made_at = self.now - timedelta(seconds=rng.uniform(3600, 365 * 86400))
        attributes = {
            "material": rng.choice(data.MATERIALS),
            "origin": rng.choice(data.ORIGINS),
            "warranty": rng.choice(data.WARRANTIES),
        }
        goods = Goods(
            id=id_at(made_at, rng),
            number=number,
            made_at=made_at,
            shop=shop,
            leaf=leaf,
            brand_id=brand_id,
            title=" ".join(filter(None, (leaf.name, brand, rng.choice(data.QUALITIES)))),
            status=_weighted(rng, STATUSES),
            is_featured=rng.random() < 0.03,
            attributes=attributes,
            variants=_variants(rng, leaf, number, made_at),
            pictures=self._pictures(rng, leaf),
            popularity=rng.paretovariate(1.2),
            quality=rng.random(),
        )
        return goods, rng

    def _pictures(self, rng: Random, leaf: Leaf) -> list[Picture]:
        details = self.of_department[leaf.department.name]
        return [self.of_section[leaf.section.name], *details[: rng.randrange(len(details) + 1)]]


def write_product(tables: ProductTables, goods: Goods, rng: Random) -> None:
    """Add the rows of a product, once everything that is to happen to it has happened."""
    at, text = goods.made_at, _description(goods)
    cheapest = min(goods.variants, key=lambda row: row.price)
    tables.products.add(
        goods.id,
        at,
        goods.shop.id,
        goods.leaf.id,
        goods.brand_id,
        goods.title,
        f"{slugify(goods.title)}-{goods.number}",
        text,
        json.dumps(goods.attributes, ensure_ascii=False),
        "",
        "",
        goods.status,
        goods.is_featured,
        cheapest.price,
        max(row.price for row in goods.variants),
        cheapest.compare_at_price,
        cheapest.compare_at_price is not None,
        any(row.free > 0 for row in goods.variants),
        goods.pictures[0].file,
        average(goods.ratings),
        len(goods.ratings),
        sum(goods.ratings),
        goods.sold,
    )
    for position, row in enumerate(goods.variants):
        _write_variant(tables, goods, row, position, rng)
    for position, picture in enumerate(goods.pictures):
        tables.images.add(
            id_at(at, rng),
            at,
            goods.id,
            picture.file,
            goods.title,
            position,
            position == 0,
            picture.width,
            picture.height,
        )


def _write_variant(
    tables: ProductTables, goods: Goods, row: Variant, position: int, rng: Random
) -> None:
    at = goods.made_at
    tables.variants.add(
        row.id,
        at,
        goods.id,
        goods.shop.id,
        row.sku,
        row.name,
        row.price,
        row.compare_at_price,
        json.dumps(row.attributes, ensure_ascii=False),
        row.grams,
        position,
    )
    tables.stock.add(id_at(at, rng), at, row.id, row.on_hand, row.reserved)
    if row.received:
        tables.movements.add(
            id_at(at, rng), at, row.id, row.received, MovementReason.RECEIVED, "", None,
            goods.shop.owner_id,
        )  # fmt: skip


def average(ratings: list[int]) -> Decimal:
    """Return the mean of ratings as the rating columns hold it: two decimals, half up."""
    if not ratings:
        return Decimal(0)
    mean = Decimal(sum(ratings)) / len(ratings)
    return mean.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _variants(rng: Random, leaf: Leaf, number: int, at: datetime) -> list[Variant]:
    section = leaf.section
    name, values = data.OPTIONS[section.options]
    chosen = values[: rng.randrange(1, 5)] if len(values) > 1 else values
    low, high = section.prices
    base = math.exp(rng.uniform(math.log(low), math.log(high)))
    grams = rng.randrange(*section.grams)
    off = rng.choice((1.15, 1.25, 1.4, 1.6)) if rng.random() < 0.3 else 0
    rows = []
    for position, value in enumerate(chosen):
        factor = 1 + 0.6 * position if section.options in data.PRICED_OPTIONS else 1
        price = _price(base * factor)
        rows.append(
            Variant(
                id=id_at(at, rng),
                sku=f"{SKU_PREFIX}{number:08d}-{position + 1}",
                name=value,
                attributes=_variant_attributes(name, value, section.options, rng),
                price=price,
                compare_at_price=_price(price / THOUSAND * off) if off else None,
                grams=int(grams * factor) if section.options == "pack" else grams,
                received=rng.randrange(20, 300) if rng.random() < 0.92 else 0,
            )
        )
    return rows


def _variant_attributes(name: str, value: str, options: str, rng: Random) -> dict[str, str]:
    if not name:
        return {}
    found = {name: value}
    if options == "size":
        found["color"] = rng.choice(data.COLOURS)
    return found


def _price(thousands: float) -> int:
    """Return a price as shops write them: whole thousands, from a hundred on ending in nine."""
    whole = max(5, round(thousands))
    return (whole if whole < 100 else whole // 10 * 10 + 9) * THOUSAND


def _description(goods: Goods) -> str:
    words = {
        **goods.attributes,
        "title": goods.title,
        "shop": goods.shop.name,
        "city": goods.shop.province,
    }
    return "\n".join(line.format(**words) for line in data.DESCRIPTIONS)


def _weighted(rng: Random, choices: tuple[tuple[Any, int], ...]) -> Any:
    ticket = rng.randrange(sum(weight for _, weight in choices))
    for value, weight in choices:
        ticket -= weight
        if ticket < 0:
            return value
    raise AssertionError
