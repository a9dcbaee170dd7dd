"""The rows of an order, as the services would have written them."""

import json
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.conf import settings

from catalog.inventory.constants import MovementReason, ReservationStatus
from marketplace.common import money
from marketplace.demo.goods import ProductTables
from marketplace.demo.people import DemoBuyer
from marketplace.demo.sales.sale import PATH, SERVICE_CODE, SERVICE_NAME, Sale
from marketplace.demo.sales.tables import SalesTables
from marketplace.demo.tables import id_at
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.fulfilment.constants import ShipmentStatus
from orders.payments.constants import PaymentState
from orders.settlement.constants import Account, CommissionKind, EntryKind, SourceType
from shops.shipping.constants import Carrier

_S = OrderStatus
ACTOR_OF_STEP = {
    _S.PLACED: ActorKind.BUYER,
    _S.CANCELLED: ActorKind.BUYER,
    _S.COMPLETED: ActorKind.BUYER,
}


def write_checkout(
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


def write_order(
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


def write_stock(tables: SalesTables, stock: ProductTables, sale: Sale, rng: Random) -> None:
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


def write_parcel(tables: SalesTables, sale: Sale, rng: Random) -> None:
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


def write_payment(
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
