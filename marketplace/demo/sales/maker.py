"""Who buys what, and what came of it."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from catalog.constants import ProductStatus
from marketplace.demo import data
from marketplace.demo.goods import Goods, ProductTables
from marketplace.demo.people import DemoBuyer, World
from marketplace.demo.sales.rows import (
    write_checkout,
    write_order,
    write_parcel,
    write_payment,
    write_stock,
)
from marketplace.demo.sales.sale import SERVICE_CODE, Line, Sale, fill_basket, make_steps, scattered
from marketplace.demo.sales.tables import SalesTables
from marketplace.demo.sales.talk import write_question, write_review
from marketplace.demo.tables import id_at
from orders.constants import OrderStatus
from shops.shipping.constants import Zone
from shops.shipping.models import ShippingRate
from shops.shipping.services import RateStep, fee_for, zone_between

ORDERS_PER_PRODUCT = 0.5
REVIEWED = 0.6
FOUND_HELPFUL = 0.3
ASKED_ABOUT = 0.15
_S = OrderStatus


class SalesMaker:
    """Sells a batch of products and writes what came of it."""

    def __init__(self, world: World, *, now: datetime, first_number: int) -> None:
        self.world = world
        self.now = now
        self.next_number = first_number
        self.orders = 0
        self.reviews = 0
        self.rates = _rates()

    def sell(
        self, batch: list[Goods], tables: SalesTables, stock: ProductTables, rng: Random
    ) -> None:
        """Make orders of these products; their stock, sold counts and ratings follow."""
        by_shop: dict[UUID, list[Goods]] = defaultdict(list)
        for goods in batch:
            if goods.status == ProductStatus.ACTIVE:
                by_shop[goods.shop.id].append(goods)
        if not by_shop:
            return
        shelves = list(by_shop.values())
        sizes = [len(shelf) for shelf in shelves]
        for _ in range(round(len(batch) * ORDERS_PER_PRODUCT)):
            # One in seven buys from two shops at once.
            chosen = rng.choices(shelves, sizes, k=2 if rng.random() < 0.15 else 1)
            if len(chosen) == 2 and chosen[0] is chosen[1]:
                chosen.pop()
            self._checkout(chosen, tables, stock, rng)
        for shelf in shelves:
            for goods in shelf:
                if rng.random() < ASKED_ABOUT:
                    write_question(tables, goods, self.world.buyers, self.now, rng)

    def _checkout(
        self,
        shelves: list[list[Goods]],
        tables: SalesTables,
        stock: ProductTables,
        rng: Random,
    ) -> None:
        buyer = rng.choice(self.world.buyers)
        baskets = [lines for shelf in shelves if (lines := list(fill_basket(shelf, rng)))]
        if not baskets:
            return
        newest = max(line.goods.made_at for lines in baskets for line in lines)
        placed_at = newest + (self.now - newest) * rng.random()
        sales = [self._sale(lines, placed_at, buyer, rng) for lines in baskets]
        for sale in sales:
            _take_stock(sale)
        checkout_id = write_checkout(tables, sales, buyer, placed_at, rng)
        for sale in sales:
            write_order(tables, sale, checkout_id, buyer, rng)
            write_stock(tables, stock, sale, rng)
            write_parcel(tables, sale, rng)
            self.reviews += self._review(tables, sale, buyer, rng)
        write_payment(tables, sales, checkout_id, placed_at, rng)
        self.orders += len(sales)

    def _review(self, tables: SalesTables, sale: Sale, buyer: DemoBuyer, rng: Random) -> int:
        """Have the buyer of a completed order judge some of it, and others find that helpful."""
        if sale.status != _S.COMPLETED:
            return 0
        written = 0
        for line in sale.lines:
            if rng.random() > REVIEWED:
                continue
            at = min(self.now, sale.times[_S.COMPLETED] + timedelta(hours=rng.uniform(0.1, 48)))
            voters: list[DemoBuyer] = []
            if rng.random() < FOUND_HELPFUL:
                found = rng.sample(
                    self.world.buyers, min(rng.randrange(1, 6), len(self.world.buyers))
                )
                voters = [voter for voter in found if voter.id != buyer.id]
            write_review(tables, line, buyer, voters, at, self.now, rng)
            written += 1
        return written

    def _sale(self, lines: list[Line], placed_at: datetime, buyer: DemoBuyer, rng: Random) -> Sale:
        shop = lines[0].goods.shop
        steps = list(make_steps(placed_at, self.now, rng))
        grams = sum(line.variant.grams * line.quantity for line in lines)
        number, self.next_number = self.next_number, self.next_number + 1
        is_cancelled = steps[-1][0] == _S.CANCELLED
        return Sale(
            id=id_at(placed_at, rng),
            number=f"ORD-{placed_at:%Y%m%d}-{scattered(number)}",
            shop=shop,
            lines=lines,
            steps=steps,
            shipping_fee=self._fee(shop.province, buyer.address["province"], grams),
            cancel_reason=rng.choice(data.CANCEL_REASONS) if is_cancelled else "",
        )

    def _fee(self, origin: str, destination: str, grams: int) -> int:
        return fee_for(self.rates[_zone(origin, destination)], grams) or 0


@cache
def _zone(origin: str, destination: str) -> Zone:
    return zone_between(origin, destination)


def _take_stock(sale: Sale) -> None:
    for line in sale.lines:
        if sale.is_shipped:
            line.variant.sold += line.quantity
        elif sale.status != _S.CANCELLED:
            line.variant.reserved += line.quantity
        if sale.is_paid:
            line.goods.sold += line.quantity


def _rates() -> dict[Zone, list[RateStep]]:
    """Return the platform's standard rate table; empty where the deployment has none."""
    found: dict[Zone, list[RateStep]] = defaultdict(list)
    for rate in ShippingRate.objects.filter(
        method__shop=None, method__service_code=SERVICE_CODE, method__is_active=True
    ):
        step = RateStep(rate.up_to_grams, rate.fee_amount, rate.per_extra_kg_amount)
        found[Zone(rate.zone)].append(step)
    return found
