"""Orders for tests, placed the way buyers place them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import AddressFactory, UserFactory
from catalog.inventory.models import Reservation
from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from orders.checkout.place import OrderRequest, WantedItem, place_order
from orders.constants import ActorKind, OrderStatus, PaymentMethod
from orders.models import Checkout, Order, OrderEvent
from orders.payments.models import Payment
from shops.tests.factories import ShippingMethodFactory


def place(
    *lines: tuple[ProductVariant, int], buyer: User | None = None, **request: Any
) -> Checkout:
    """Place a cash-on-delivery order for these variants and quantities."""
    ShippingMethodFactory()
    buyer = buyer or UserFactory()
    address = buyer.addresses.first() or AddressFactory(user=buyer)
    items = [WantedItem(variant_id=variant.pk, quantity=quantity) for variant, quantity in lines]
    order_request = OrderRequest(address_id=address.pk, items=items, **request)
    return place_order(order_request, buyer=buyer).checkout


def place_one(quantity: int = 1, **kwargs: Any) -> Order:
    """Place an order for one variant of one shop."""
    return place((VariantFactory(), quantity), **kwargs).orders.get()


def make_unpaid(checkout: Checkout, *, expires_in: timedelta = timedelta(minutes=15)) -> None:
    """Turn a checkout into one that waits for an online payment."""
    deadline = timezone.now() + expires_in
    Checkout.objects.filter(pk=checkout.pk).update(
        payment_method=PaymentMethod.STRIPE, expires_at=deadline
    )
    orders = Order.objects.filter(checkout=checkout)
    Reservation.objects.filter(reference__in=orders.values("pk")).update(expires_at=deadline)
    orders.update(
        status=OrderStatus.PENDING_PAYMENT, payment_method=PaymentMethod.STRIPE, placed_at=None
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order=order, to_status=OrderStatus.PENDING_PAYMENT, actor_kind=ActorKind.BUYER)
        for order in orders.all()
    )
    Payment.objects.filter(checkout=checkout).update(
        provider=PaymentMethod.STRIPE, expires_at=deadline
    )
