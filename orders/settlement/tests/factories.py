"""Sold orders on their way to the shop's bank, for tests."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone

from catalog.tests.factories import VariantFactory
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments.tests.factories import place_paid
from orders.services.progress import confirm_receipt
from orders.settlement.models import Payout
from orders.settlement.services.payouts import draft_payout
from orders.settlement.services.release import release_order
from orders.settlement.services.remittances import import_remittance
from orders.tests.factories import place_one
from shops.models import Shop

_STEPS = (
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)
LONG_AGO = timedelta(days=100)


def deliver(order: Order) -> Order:
    """Take a placed order to its buyer's door."""
    for step in _STEPS:
        change_status(
            order.pk, step, actor=order.shop.owner, actor_kind=ActorKind.SELLER, carrier="GHTK"
        )
    order.refresh_from_db()
    return order


def complete(order: Order, *, ago: timedelta = LONG_AGO) -> Order:
    """Deliver an order and have its buyer confirm that some time ago."""
    deliver(order)
    confirm_receipt(order.pk, actor=order.buyer)
    Order.objects.filter(pk=order.pk).update(completed_at=timezone.now() - ago)
    order.refresh_from_db()
    return order


def sold_cash(quantity: int = 1, **kwargs: Any) -> Order:
    """An order whose cash the carrier has."""
    return deliver(place_one(quantity, **kwargs))


def hand_over(
    *rows: tuple[str, object, object], name: str = "cash.csv", carrier: str = "GHTK"
) -> Any:
    """Take in a carrier's file: reference, amount and fee of each parcel."""
    lines = ["reference,amount,fee", *(",".join(map(str, row)) for row in rows)]
    return import_remittance(BytesIO("\n".join(lines).encode()), name=name, carrier=carrier)


def make_due(order: Order) -> Order:
    """Complete a paid order and make its money due."""
    complete(order)
    assert release_order(order.pk)
    return order


def with_bank(shop: Shop) -> Shop:
    """Give a shop a bank account."""
    shop.bank_name, shop.bank_account_name = "Vietcombank", "NGUYEN VAN A"
    shop.bank_account_number = "0123456789"
    shop.save(update_fields=["bank_name", "bank_account_name", "bank_account_number", "updated_at"])
    return shop


def make_payout(shop: Shop | None = None, **product: Any) -> Payout:
    """Sell something for a million, and draft the payout of it."""
    if shop is not None:
        product["product__shop"] = shop
    variant = VariantFactory(price_amount=1_000_000, stock=10, **product)
    order = make_due(place_paid((variant, 1)))
    return draft_payout(with_bank(order.shop).pk, actor=None)
