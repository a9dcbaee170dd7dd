"""Races for vouchers, with real threads on a real database; each with its guard removed, too."""

from collections import Counter
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import IntegrityError
from rest_framework.test import APIClient

from accounts.tests.factories import AddressFactory
from catalog.inventory.models import StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import run_in_parallel
from orders import selectors
from orders.constants import ActorKind
from orders.models import Order
from orders.services.cancel import cancel_order
from orders.tests.factories import place
from shops.tests.factories import ShippingMethodFactory
from vouchers.models import BuyerUsage, Redemption, Voucher
from vouchers.services import redemptions
from vouchers.services.redemptions import release_vouchers
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db(transaction=True)

USERS = 100


@pytest.fixture
def variant():
    ShippingMethodFactory()
    return VariantFactory(price_amount=100_000, stock=1_000)


def fixed(code="TET", **fields):
    return VoucherFactory(code=code, kind="fixed", value=30_000, **fields)


def post_order(address, variant, code="TET"):
    client = APIClient()
    client.force_authenticate(address.user)
    body = {
        "items": [{"variant_id": str(variant.pk), "quantity": 1}],
        "address_id": str(address.pk),
        "voucher_codes": [code],
    }
    response = client.post("/api/v1/orders", body)
    return response.status_code, response.json().get("error", {}).get("code")


def race_of_users(variant, users=USERS):
    addresses = AddressFactory.create_batch(users)
    return Counter(
        run_in_parallel(lambda address: post_order(address, variant), arguments=addresses)
    )


def race_of_one_user(variant, times, codes=("TET",)):
    address = AddressFactory()
    return Counter(
        run_in_parallel(
            lambda n: post_order(address, variant, codes[n % len(codes)]), arguments=range(times)
        )
    )


def only_these_orders_exist(voucher, uses):
    """Whether what failed has left nothing behind."""
    voucher.refresh_from_db()
    orders = Order.objects.count()
    units = StockItem.objects.get().reserved
    counts = (orders, units, voucher.used_count, Redemption.objects.count())
    return counts == (uses,) * 4 and voucher.spent_amount == uses * 30_000


def take_unguarded(uses, *, readers):
    """Read, meet, check, write: what the conditional UPDATE is there to prevent."""
    limits = {}
    for use in uses:
        row = Voucher.objects.get(pk=use.voucher_id)
        with suppress(BrokenBarrierError):
            readers.wait(timeout=5)
        spent = row.spent_amount + use.amount
        if row.usage_limit is not None and row.used_count >= row.usage_limit:
            continue
        if row.budget_amount is not None and spent > row.budget_amount:
            continue
        Voucher.objects.filter(pk=use.voucher_id).update(
            used_count=row.used_count + 1, spent_amount=spent
        )
        limits[use.voucher_id] = row.per_user_limit
    return limits


@pytest.mark.parametrize("limit", [1, 10])
def test_hundred_users_use_a_voucher_as_often_as_it_may_be(variant, limit):
    voucher = fixed(usage_limit=limit)

    outcomes = race_of_users(variant)

    assert outcomes == {(201, None): limit, (409, "voucher_exhausted"): USERS - limit}
    assert only_these_orders_exist(voucher, limit)


@pytest.mark.breaks_invariants
@pytest.mark.parametrize("limits", [{"usage_limit": 1}, {"budget_amount": 60_000}])
def test_voucher_is_overused_when_the_guard_is_removed(variant, limits, monkeypatch):
    fixed(**limits)
    monkeypatch.setattr(redemptions, "_take", partial(take_unguarded, readers=Barrier(4)))

    race_of_users(variant, users=40)

    assert Order.objects.exclude(discount_amount=0).count() > (1 if "usage_limit" in limits else 2)


def test_budget_of_a_million_is_good_for_33_orders(variant):
    voucher = fixed(budget_amount=1_000_000)

    outcomes = race_of_users(variant)

    assert outcomes == {(201, None): 33, (409, "voucher_exhausted"): 67}
    assert only_these_orders_exist(voucher, 33)


def test_one_user_fifty_times_uses_a_voucher_once(variant):
    voucher = fixed(per_user_limit=1)

    outcomes = race_of_one_user(variant, 50)

    assert outcomes == {(201, None): 1, (409, "voucher_limit_reached"): 49}
    assert only_these_orders_exist(voucher, 1)
    assert BuyerUsage.objects.get().used_count == 1


@pytest.mark.breaks_invariants
def test_one_user_overuses_a_voucher_when_the_guard_is_removed(variant, monkeypatch):
    fixed(per_user_limit=1)
    monkeypatch.setattr(redemptions, "_count", lambda buyer, ids: dict.fromkeys(ids, 1))

    race_of_one_user(variant, 30)

    assert Order.objects.count() > 1


def test_first_order_is_one_order_whatever_the_voucher(variant):
    codes = ["MOI-1", "MOI-2", "MOI-3"]
    for code in codes:
        fixed(code, is_first_order_only=True)

    outcomes = race_of_one_user(variant, 12, codes)

    assert outcomes == {(201, None): 1, (409, "voucher_invalid"): 11}


def test_first_orders_are_several_when_the_guard_is_removed(variant, monkeypatch):
    codes = ["MOI-1", "MOI-2", "MOI-3"]
    for code in codes:
        fixed(code, is_first_order_only=True)
    monkeypatch.setattr(selectors, "transaction_lock", lambda name: None)

    race_of_one_user(variant, 12, codes)

    assert Order.objects.count() > 1


def test_cancelling_twenty_times_at_once_gives_back_once(variant):
    voucher = fixed(usage_limit=3)
    orders = [place((variant, 1), voucher_codes=["TET"]).orders.get() for _ in range(3)]

    run_in_parallel(
        lambda: cancel_order(
            orders[0].pk, actor=orders[0].buyer, actor_kind=ActorKind.BUYER, reason="x"
        ),
        times=20,
    )

    voucher.refresh_from_db()
    assert (voucher.used_count, voucher.spent_amount) == (2, 60_000)
    assert BuyerUsage.objects.get(user=orders[0].buyer).used_count == 0
    assert Redemption.objects.filter(status="released").count() == 1


@pytest.mark.breaks_invariants  # the order stays open
def test_releasing_twenty_times_at_once_gives_back_once(variant):
    voucher = fixed()
    orders = [place((variant, 1), voucher_codes=["TET"]).orders.get() for _ in range(3)]

    outcomes = run_in_parallel(lambda: release_vouchers([orders[0].pk]), times=20)

    voucher.refresh_from_db()
    assert sorted(outcomes) == [0] * 19 + [1]
    assert (voucher.used_count, voucher.spent_amount) == (2, 60_000)


@pytest.mark.breaks_invariants
def test_releasing_is_stopped_by_the_table_alone_when_the_guard_is_removed(variant, monkeypatch):
    def end_unguarded(order_ids):
        rows = Redemption.objects.filter(order_id__in=order_ids)
        ended = [
            redemptions._Ended(row.voucher_id, row.user_id, row.checkout_id, row.amount)
            for row in rows
        ]
        rows.filter(status="applied").update(status="released", released_at="2027-01-01T00:00Z")
        return ended

    fixed()
    order = place((variant, 1), voucher_codes=["TET"]).orders.get()
    monkeypatch.setattr(redemptions, "_end", end_unguarded)

    outcomes = run_in_parallel(lambda: release_vouchers([order.pk]), times=20)

    # It would have been given back again, had the counters not been kept from going below zero.
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 19


def test_orders_with_vouchers_in_opposite_order_do_not_deadlock(variant):
    """A shop's and the platform's voucher, and goods, named in either order by 30 users."""
    fixed("TET")
    fixed("SHOP", shop=variant.product.shop)
    addresses = AddressFactory.create_batch(30)

    def post(n):
        client = APIClient()
        client.force_authenticate(addresses[n].user)
        codes = ["TET", "SHOP"] if n % 2 else ["SHOP", "TET"]
        body = {
            "items": [{"variant_id": str(variant.pk), "quantity": 1}],
            "address_id": str(addresses[n].pk),
            "voucher_codes": codes,
        }
        response = client.post("/api/v1/orders", body)
        order = response.json()["orders"][0]
        cancelled = client.post(f"/api/v1/orders/{order['id']}/cancel", {"reason": "x"})
        return response.status_code, cancelled.status_code

    outcomes = Counter(run_in_parallel(post, arguments=range(30)))

    assert outcomes == {(201, 200): 30}
    assert set(Voucher.objects.values_list("used_count", "spent_amount")) == {(0, 0)}
