"""What the demo's buyers ordered: orders in every state, their parcels, payments and reviews.

The rows are those that the services would have written: stock is held when an order is placed and
leaves the shelf when it is shipped; cash on delivery is paid when the parcel is delivered.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from django.conf import settings

from catalog.constants import ProductStatus
from catalog.inventory.constants import MovementReason, ReservationStatus
from catalog.inventory.models import Reservation
from marketplace.common import money
from marketplace.demo import data
from marketplace.demo.goods import Goods, ProductTables, Variant
from marketplace.demo.people import DemoBuyer, DemoShop, World
from marketplace.demo.tables import Table, id_at
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.fulfilment.constants import ShipmentStatus
from orders.fulfilment.models import Shipment, ShipmentEvent
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.constants import PaymentState
from orders.payments.models import Payment, PaymentShare
from orders.settlement.constants import Account, CommissionKind, EntryKind, SourceType
from orders.settlement.models import CommissionLine, LedgerEntry, OrderSettlement
from reviews.models import HelpfulVote, Question, Review
from shops.shipping.constants import Carrier, Zone
from shops.shipping.models import ShippingRate
from shops.shipping.services import RateStep, fee_for, zone_between

SERVICE_CODE, SERVICE_NAME = "standard", "Giao hàng tiêu chuẩn"
ORDERS_PER_PRODUCT = 0.5
REVIEWED = 0.6
FOUND_HELPFUL = 0.3
ASKED_ABOUT = 0.15
ANSWERED = 0.8
# Orders settle within this time; older ones are all at their end.
SETTLES_WITHIN = timedelta(days=9)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# An odd factor permutes the numbers below 32 ** 6: they look random and never collide.
SCATTER, NUMBERS = 648_056_213, 32**6

_S = OrderStatus
PATH = (_S.PLACED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED, _S.COMPLETED)
HOURS_OF_STEP = {
    _S.CONFIRMED: (0.5, 8),
    _S.PACKED: (1, 12),
    _S.SHIPPED: (2, 20),
    _S.DELIVERED: (20, 90),
    _S.COMPLETED: (2, 60),
}
STILL_MOVING = (_S.PLACED, _S.CONFIRMED, _S.PACKED, _S.SHIPPED, _S.DELIVERED)
ACTOR_OF_STEP = {
    _S.PLACED: ActorKind.BUYER,
    _S.CANCELLED: ActorKind.BUYER,
    _S.COMPLETED: ActorKind.BUYER,
}


class SalesTables:
    """The tables that orders are spread over, in the order of their references."""

    def __init__(self) -> None:
        totals = (
            *("subtotal_amount", "discount_amount", "shipping_fee_amount", "tax_amount"),
            "total_amount",
        )
        self.checkouts = Table(Checkout, "buyer_id", "payment_method", "currency", *totals)
        self.orders = Table(
            Order,
            *("number", "checkout_id", "buyer_id", "shop_id", "status", "payment_status"),
            *("payment_method", "currency", *totals, "shipping_address", "billing_address"),
            *("shipping_carrier", "shipping_service_code", "shipping_service_name"),
            *("weight_grams", "cancel_reason", "placed_at", "confirmed_at", "packed_at"),
            *("shipped_at", "delivered_at", "completed_at", "cancelled_at", "complete_before"),
        )
        self.items = Table(
            OrderItem,
            *("order_id", "variant_id", "product_id", "title", "variant_name", "sku", "image"),
            *("attributes", "unit_price_amount", "quantity", "line_total_amount"),
        )
        self.events = Table(
            OrderEvent, "order_id", "from_status", "to_status", "actor_kind", "actor_id", "note"
        )
        self.reservations = Table(
            Reservation, "reference", "variant_id", "quantity", "status", "ended_at"
        )
        self.payments = Table(
            Payment, "checkout_id", "provider", "status", "amount", "currency", "captured_at"
        )
        self.shares = Table(PaymentShare, "payment_id", "order_id", "amount", "captured_amount")
        self.commissions = Table(
            CommissionLine, "order_item_id", "kind", "rate_bps", "base_amount", "amount"
        )
        self.entries = Table(
            LedgerEntry,
            *("transaction_id", "kind", "account", "shop_id", "party", "order_id", "amount"),
            *("source_type", "source_id"),
        )
        self.settlements = Table(OrderSettlement, "order_id")
        self.shipments = Table(
            Shipment,
            *("order_id", "carrier", "service_code", "tracking_number", "fee_amount", "status"),
        )
        self.reports = Table(ShipmentEvent, "shipment_id", "status", "happened_at")
        self.reviews = Table(
            Review,
            *("order_item_id", "product_id", "shop_id", "user_id", "rating", "title", "content"),
            *("reply", "replied_at", "helpful_count"),
        )
        self.votes = Table(HelpfulVote, "review_id", "user_id")
        self.questions = Table(
            Question, "product_id", "shop_id", "user_id", "content", "answer", "answered_at"
        )

    def in_order(self) -> list[Table]:
        return [
            self.checkouts,
            self.orders,
            self.items,
            self.events,
            self.reservations,
            self.payments,
            self.shares,
            self.commissions,
            self.entries,
            self.settlements,
            self.shipments,
            self.reports,
            self.reviews,
            self.votes,
            self.questions,
        ]


@dataclass
class Line:
    """One variant in an order."""

    id: UUID
    goods: Goods
    variant: Variant
    quantity: int

    @property
    def total(self) -> int:
        return self.variant.price * self.quantity

    @property
    def commission(self) -> int:
        return money.share_of(self.total, settings.COMMISSION_RATE_BPS)


@dataclass
class Sale:
    """One order on its way: `steps` are the states it went through, with their times."""

    id: UUID
    number: str
    shop: DemoShop
    lines: list[Line]
    steps: list[tuple[OrderStatus, datetime]]
    shipping_fee: int
    cancel_reason: str = ""

    status: OrderStatus = field(init=False)
    times: dict[OrderStatus, datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.status = self.steps[-1][0]
        self.times = dict(self.steps)

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping_fee

    @property
    def is_shipped(self) -> bool:
        return _S.SHIPPED in self.times

    @property
    def is_paid(self) -> bool:
        return _S.DELIVERED in self.times


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
                    _write_question(tables, goods, self.world.buyers, self.now, rng)

    def _checkout(
        self,
        shelves: list[list[Goods]],
        tables: SalesTables,
        stock: ProductTables,
        rng: Random,
    ) -> None:
        buyer = rng.choice(self.world.buyers)
        baskets = [lines for shelf in shelves if (lines := list(_basket(shelf, rng)))]
        if not baskets:
            return
        newest = max(line.goods.made_at for lines in baskets for line in lines)
        placed_at = newest + (self.now - newest) * rng.random()
        sales = [self._sale(lines, placed_at, buyer, rng) for lines in baskets]
        for sale in sales:
            _take_stock(sale)
        checkout_id = _write_checkout(tables, sales, buyer, placed_at, rng)
        for sale in sales:
            _write_order(tables, sale, checkout_id, buyer, rng)
            _write_stock(tables, stock, sale, rng)
            _write_parcel(tables, sale, rng)
            self.reviews += self._review(tables, sale, buyer, rng)
        _write_payment(tables, sales, checkout_id, placed_at, rng)
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
            _write_review(tables, line, buyer, voters, at, self.now, rng)
            written += 1
        return written

    def _sale(self, lines: list[Line], placed_at: datetime, buyer: DemoBuyer, rng: Random) -> Sale:
        shop = lines[0].goods.shop
        steps = list(_steps(placed_at, self.now, rng))
        grams = sum(line.variant.grams * line.quantity for line in lines)
        number, self.next_number = self.next_number, self.next_number + 1
        is_cancelled = steps[-1][0] == _S.CANCELLED
        return Sale(
            id=id_at(placed_at, rng),
            number=f"ORD-{placed_at:%Y%m%d}-{_scattered(number)}",
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


def _basket(shelf: list[Goods], rng: Random) -> Iterator[Line]:
    weights = [goods.popularity for goods in shelf]
    picked = {goods.number: goods for goods in rng.choices(shelf, weights, k=rng.randrange(1, 4))}
    for goods in picked.values():
        free = [row for row in goods.variants if row.free > 0]
        if free:
            variant = rng.choice(free)
            quantity = min(variant.free, rng.choice((1, 1, 1, 2, 2, 3)))
            yield Line(id_at(goods.made_at, rng), goods, variant, quantity)


def _steps(
    placed_at: datetime, now: datetime, rng: Random
) -> Iterator[tuple[OrderStatus, datetime]]:
    """Yield the states of an order and when it came there, as far as time has gone."""
    yield _S.PLACED, placed_at
    if rng.random() < 0.06:
        cancelled_at = placed_at + timedelta(hours=rng.uniform(0.1, 5))
        if cancelled_at < now:
            yield _S.CANCELLED, cancelled_at
            return
    at = placed_at
    # A few sellers are slow: their newest orders wait somewhere on the way.
    stops_at = rng.choice(STILL_MOVING) if now - placed_at < SETTLES_WITHIN else None
    before = _S.PLACED
    for status in PATH[1:]:
        at += timedelta(hours=rng.uniform(*HOURS_OF_STEP[status]))
        if at >= now or before == stops_at:
            return
        yield status, at
        before = status


def _take_stock(sale: Sale) -> None:
    for line in sale.lines:
        if sale.is_shipped:
            line.variant.sold += line.quantity
        elif sale.status != _S.CANCELLED:
            line.variant.reserved += line.quantity
        if sale.is_paid:
            line.goods.sold += line.quantity


def _write_checkout(
    tables: SalesTables, sales: list[Sale], buyer: DemoBuyer, at: datetime, rng: Random
) -> UUID:
    checkout_id = id_at(at, rng)
    subtotal, fees = sum(sale.subtotal for sale in sales), sum(s.shipping_fee for s in sales)
    tables.checkouts.add(
        checkout_id,
        at,
        buyer.id,
        PaymentMethod.COD,
        money.currency(),
        *(subtotal, 0, fees, 0, subtotal + fees),
    )
    return checkout_id


def _write_order(
    tables: SalesTables, sale: Sale, checkout_id: UUID, buyer: DemoBuyer, rng: Random
) -> None:
    placed_at, times = sale.times[_S.PLACED], sale.times
    address = json.dumps(buyer.address, ensure_ascii=False)
    complete_before = None
    if sale.status == _S.DELIVERED:
        complete_before = times[_S.DELIVERED] + timedelta(days=settings.AUTO_COMPLETE_DAYS)
    tables.orders.add(
        sale.id,
        placed_at,
        sale.number,
        checkout_id,
        buyer.id,
        sale.shop.id,
        sale.status,
        PaymentStatus.PAID if sale.is_paid else PaymentStatus.UNPAID,
        PaymentMethod.COD,
        money.currency(),
        *(sale.subtotal, 0, sale.shipping_fee, 0, sale.total),
        address,
        address,
        Carrier.MANUAL,
        SERVICE_CODE,
        SERVICE_NAME,
        sum(line.variant.grams * line.quantity for line in sale.lines),
        sale.cancel_reason,
        *(times.get(status) for status in PATH),
        times.get(_S.CANCELLED),
        complete_before,
    )
    for line in sale.lines:
        variant = line.variant
        tables.items.add(
            line.id,
            placed_at,
            sale.id,
            variant.id,
            line.goods.id,
            line.goods.title,
            variant.name,
            variant.sku,
            line.goods.pictures[0].file,
            json.dumps(variant.attributes, ensure_ascii=False),
            variant.price,
            line.quantity,
            line.total,
        )
        tables.commissions.add(
            id_at(placed_at, rng), placed_at, line.id, CommissionKind.SALE,
            settings.COMMISSION_RATE_BPS, line.total, line.commission,
        )  # fmt: skip
    before: OrderStatus | str = ""
    for status, at in sale.steps:
        kind = ACTOR_OF_STEP.get(status, ActorKind.SELLER)
        actor_id = buyer.id if kind == ActorKind.BUYER else sale.shop.owner_id
        note = sale.cancel_reason if status == _S.CANCELLED else ""
        tables.events.add(id_at(at, rng), at, sale.id, before, status, kind, actor_id, note)
        before = status


def _write_stock(tables: SalesTables, stock: ProductTables, sale: Sale, rng: Random) -> None:
    placed_at = sale.times[_S.PLACED]
    status, ended_at = ReservationStatus.HELD, None
    if sale.is_shipped:
        status, ended_at = ReservationStatus.COMMITTED, sale.times[_S.SHIPPED]
    elif sale.status == _S.CANCELLED:
        status, ended_at = ReservationStatus.RELEASED, sale.times[_S.CANCELLED]
    for line in sale.lines:
        tables.reservations.add(
            id_at(placed_at, rng), placed_at, sale.id, line.variant.id, line.quantity, status,
            ended_at,
        )  # fmt: skip
        if status == ReservationStatus.COMMITTED and ended_at is not None:
            stock.movements.add(
                id_at(ended_at, rng), ended_at, line.variant.id, -line.quantity,
                MovementReason.SOLD, "", sale.id, sale.shop.owner_id,
            )  # fmt: skip


def _write_parcel(tables: SalesTables, sale: Sale, rng: Random) -> None:
    if not sale.is_shipped:
        return
    shipped_at = sale.times[_S.SHIPPED]
    reports = [(ShipmentStatus.PICKED_UP, shipped_at)]
    if sale.is_paid:
        reports.append((ShipmentStatus.DELIVERED, sale.times[_S.DELIVERED]))
    shipment_id = id_at(shipped_at, rng)
    tables.shipments.add(
        shipment_id,
        shipped_at,
        sale.id,
        Carrier.MANUAL,
        SERVICE_CODE,
        f"DEMO{sale.number[-6:]}",
        sale.shipping_fee,
        reports[-1][0],
    )
    for status, at in reports:
        tables.reports.add(id_at(at, rng), at, shipment_id, status, at)


def _write_payment(
    tables: SalesTables, sales: list[Sale], checkout_id: UUID, at: datetime, rng: Random
) -> None:
    """One payment for the checkout; it is captured once all that is not cancelled is paid."""
    wanted = [sale for sale in sales if sale.status != _S.CANCELLED]
    status, captured_at = PaymentState.PENDING, None
    if not wanted:
        status = PaymentState.CANCELLED
    elif all(sale.is_paid for sale in wanted):
        status = PaymentState.CAPTURED
        captured_at = max(sale.times[_S.DELIVERED] for sale in wanted)
    payment_id = id_at(at, rng)
    tables.payments.add(
        payment_id, at, checkout_id, PaymentMethod.COD, status, sum(sale.total for sale in sales),
        money.currency(), captured_at,
    )  # fmt: skip
    for sale in sales:
        captured = sale.total if sale.is_paid else 0
        share_id = id_at(at, rng)
        tables.shares.add(share_id, at, payment_id, sale.id, sale.total, captured)
        if sale.is_paid:
            _write_entries(tables, sale, share_id, rng)


def _write_entries(tables: SalesTables, sale: Sale, share_id: UUID, rng: Random) -> None:
    """The cash that the carrier collected, and whose it is."""
    at = sale.times[_S.DELIVERED]
    commission = sum(line.commission for line in sale.lines)
    cash = ((Account.CARRIER_CASH, sale.total), (Account.BUYER_FUNDS, -sale.total))
    shared_out = (
        (Account.BUYER_FUNDS, sale.total),
        (Account.PLATFORM_REVENUE, -commission),
        (Account.SHOP_PENDING, commission - sale.total),
    )
    for kind, legs in ((EntryKind.CAPTURE, cash), (EntryKind.SALE, shared_out)):
        transaction_id = id_at(at, rng)
        for account, amount in legs:
            if amount:
                shop_id = sale.shop.id if account == Account.SHOP_PENDING else None
                party = Carrier.MANUAL if account == Account.CARRIER_CASH else ""
                tables.entries.add(
                    id_at(at, rng), at, transaction_id, kind, account, shop_id, party, sale.id,
                    amount, SourceType.PAYMENT_SHARE, share_id,
                )  # fmt: skip
    tables.settlements.add(id_at(at, rng), at, sale.id)


def _write_review(
    tables: SalesTables,
    line: Line,
    buyer: DemoBuyer,
    voters: list[DemoBuyer],
    at: datetime,
    now: datetime,
    rng: Random,
) -> None:
    rating = _rating(line.goods.quality, rng)
    title, content = rng.choice(data.REVIEWS[rating])
    reply, replied_at = "", None
    if rng.random() < 0.2:
        reply, replied_at = rng.choice(data.REPLIES), min(now, at + timedelta(hours=6))
    line.goods.ratings.append(rating)
    review_id = id_at(at, rng)
    tables.reviews.add(
        review_id, at, line.id, line.goods.id, line.goods.shop.id, buyer.id, rating, title, content,
        reply, replied_at, len(voters),
    )  # fmt: skip
    for voter in voters:
        voted_at = at + (now - at) * rng.random()
        tables.votes.add(id_at(voted_at, rng), voted_at, review_id, voter.id)


def _write_question(
    tables: SalesTables, goods: Goods, buyers: list[DemoBuyer], now: datetime, rng: Random
) -> None:
    at = goods.made_at + (now - goods.made_at) * rng.random()
    content, answer = rng.choice(data.QUESTIONS)
    is_answered = rng.random() < ANSWERED
    tables.questions.add(
        id_at(at, rng), at, goods.id, goods.shop.id, rng.choice(buyers).id, content,
        answer if is_answered else "", min(now, at + timedelta(hours=5)) if is_answered else None,
    )  # fmt: skip


def _rating(quality: float, rng: Random) -> int:
    return max(1, min(5, round(rng.gauss(3.6 + 1.3 * quality, 0.9))))


def _rates() -> dict[Zone, list[RateStep]]:
    """Return the platform's standard rate table; empty where the deployment has none."""
    found: dict[Zone, list[RateStep]] = defaultdict(list)
    for rate in ShippingRate.objects.filter(
        method__shop=None, method__service_code=SERVICE_CODE, method__is_active=True
    ):
        step = RateStep(rate.up_to_grams, rate.fee_amount, rate.per_extra_kg_amount)
        found[Zone(rate.zone)].append(step)
    return found


def _scattered(number: int) -> str:
    value = number * SCATTER % NUMBERS
    letters = []
    for _ in range(6):
        value, digit = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)
