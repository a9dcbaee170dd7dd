"""Races for stock and orders, with real threads on a real database."""

from collections import Counter
from types import SimpleNamespace

import pytest
from django.db.models import Sum
from rest_framework.test import APIClient

from accounts.tests.factories import AddressFactory, UserFactory
from cart.models import CartItem
from cart.querysets import Owner
from cart.services import add_item, merge_guest_cart
from catalog.inventory import services as inventory
from catalog.inventory.models import Reservation, StockItem, StockMovement
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from orders.checkout import place as checkout
from orders.checkout.expire import expire_checkout
from orders.constants import ActorKind, OrderStatus
from orders.errors import EmptyCart, IllegalOrderStep
from orders.models import Checkout, Order
from orders.services.cancel import cancel_order
from orders.services.progress import advance_order
from orders.tests.factories import make_unpaid, place, place_one
from shops.tests.factories import ShippingMethodFactory

pytestmark = pytest.mark.django_db(transaction=True)


def reservations_agree() -> bool:
    """Whether `reserved` of every variant is the sum of its held reservations."""
    held = dict(
        Reservation.objects.filter(status="held")
        .values_list("variant_id")
        .annotate(units=Sum("quantity"))
    )
    return all(held.get(item.variant_id, 0) == item.reserved for item in StockItem.objects.all())


def post_order(address, variants) -> int:
    client = APIClient()
    client.force_authenticate(address.user)
    items = [{"variant_id": str(variant.pk), "quantity": 1} for variant in variants]
    body = {"items": items, "address_id": str(address.pk), "payment_method": "COD"}
    response = client.post("/api/v1/orders", body)
    return response.status_code


@pytest.fixture
def two_scarce_variants():
    ShippingMethodFactory()
    return VariantFactory(stock=10), VariantFactory(stock=10)


def race_for(variants) -> Counter:
    """100 orders of 20 buyers at once, every second one with its lines in the opposite order."""
    addresses = [AddressFactory(user=UserFactory()) for _ in range(20)]
    calls = [
        SimpleNamespace(address=addresses[i % 20], variants=variants if i % 2 else variants[::-1])
        for i in range(100)
    ]
    return Counter(
        run_in_parallel(lambda call: post_order(call.address, call.variants), arguments=calls)
    )


def test_hundred_orders_for_ten_units_make_exactly_ten(two_scarce_variants):
    outcomes = race_for(two_scarce_variants)

    assert outcomes == {201: 10, 409: 90}
    assert Order.objects.count() == 20
    assert list(StockItem.objects.values_list("on_hand", "reserved")) == [(10, 10), (10, 10)]
    assert reservations_agree()


@pytest.mark.breaks_invariants
def test_race_for_stock_oversells_when_the_guard_is_removed(two_scarce_variants, monkeypatch):
    """The race is real: without the condition the same hundred orders want more than there is."""

    def take_unguarded(requests, expires_at):
        for request in requests:
            item = StockItem.objects.get(variant_id=request.variant_id)
            StockItem.objects.filter(pk=item.pk).update(
                reserved=min(item.reserved + request.quantity, item.on_hand)
            )
            Reservation.objects.create(expires_at=expires_at, **vars(request))
        level = inventory._Level(before=2, after=1, threshold=0)
        return {request.variant_id: level for request in requests}, []

    monkeypatch.setattr(inventory, "_take", take_unguarded)

    outcomes = race_for(two_scarce_variants)

    assert outcomes[201] > 10
    assert not reservations_agree()


def test_same_idempotency_key_ten_times_at_once_makes_one_order():
    ShippingMethodFactory()
    address, variant = AddressFactory(), VariantFactory(stock=10)
    body = {
        "items": [{"variant_id": str(variant.pk), "quantity": 1}],
        "address_id": str(address.pk),
    }

    def post():
        client = APIClient()
        client.force_authenticate(address.user)
        return client.post("/api/v1/orders", body, headers={"Idempotency-Key": "once"})

    responses = run_in_parallel(post, times=10)

    assert {response.status_code for response in responses} <= {201, 409}
    assert Checkout.objects.count() == 1
    made = {response.content for response in responses if response.status_code == 201}
    assert len(made) == 1
    replay = post()
    assert replay.content == made.pop()
    assert replay["Idempotent-Replayed"] == "true"


def test_cancelling_twenty_times_at_once_gives_stock_back_once():
    order = place_one(quantity=3)
    buyer = order.buyer

    outcomes = run_in_parallel(
        lambda: cancel_order(order.pk, actor=buyer, actor_kind=ActorKind.BUYER, reason="x"),
        times=20,
    )

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IllegalOrderStep) for outcome in outcomes) == 19
    assert StockItem.objects.get().reserved == 0
    assert OutboxEvent.objects.filter(topic="orders.cancelled").count() == 1


def test_buyer_cancels_while_the_shop_confirms_and_one_of_them_wins():
    for _ in range(10):
        order = place_one()

        def cancel(order=order):
            return cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="x")

        def confirm(order=order):
            return advance_order(
                order.pk,
                OrderStatus.CONFIRMED,
                actor=order.shop.owner,
                actor_kind=ActorKind.SELLER,
            )

        outcomes = run_in_parallel(lambda step: step(), arguments=[cancel, confirm])

        assert sum(isinstance(outcome, IllegalOrderStep) for outcome in outcomes) == 1
        order.refresh_from_db()
        assert order.status in {OrderStatus.CANCELLED, OrderStatus.CONFIRMED}
        assert reservations_agree()


def test_unpaid_checkout_expires_once_when_swept_ten_times_at_once():
    first, second = VariantFactory(), VariantFactory()
    checkout = place((first, 2), (second, 1))
    make_unpaid(checkout)
    Checkout.objects.update(expires_at=checkout.created_at)

    outcomes = run_in_parallel(lambda: expire_checkout(checkout.pk), times=10)

    assert sorted(outcomes) == [0] * 9 + [2]
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.CANCELLED}
    assert set(Reservation.objects.values_list("status", flat=True)) == {"expired"}
    assert set(StockItem.objects.values_list("reserved", flat=True)) == {0}


def test_stock_equals_its_movements_after_many_concurrent_changes():
    variant = VariantFactory(stock=50)

    run_in_parallel(
        lambda delta: inventory.adjust_on_hand(variant.pk, delta, actor=None),
        arguments=[1, -1, 2, -2, 5, -5, 3, 7, -4, 1],
    )

    on_hand = StockItem.objects.get().on_hand
    assert on_hand == 57
    assert StockMovement.objects.aggregate(units=Sum("delta"))["units"] == on_hand


def test_cart_that_comes_into_being_during_checkout_is_not_ordered(monkeypatch):
    """A guest's cart is merged between the lock, which found no row, and the reading of lines."""
    ShippingMethodFactory()
    address, variant = AddressFactory(), VariantFactory()
    _, guest = add_item(Owner(), variant_id=variant.pk, quantity=1)
    lock = checkout.lock_cart

    def lock_early(user):
        cart = lock(user)
        run_in_parallel(lambda: merge_guest_cart(address.user, guest.token), times=1)
        return cart

    monkeypatch.setattr(checkout, "lock_cart", lock_early)

    with pytest.raises(EmptyCart):
        checkout.place_order(checkout.OrderRequest(address_id=address.pk), buyer=address.user)

    assert not Order.objects.exists()
    assert CartItem.objects.get().quantity == 1
