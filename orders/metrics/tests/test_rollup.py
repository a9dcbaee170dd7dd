"""Days as they are counted, against a count by hand."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from catalog.models import ProductView, SearchQuery
from catalog.tests.factories import VariantFactory
from marketplace.common.local_days import local_day, starts_at, today
from marketplace.common.locks import job_lock
from marketplace.common.testing import run_in_parallel
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.metrics.constants import OVERLAP
from orders.metrics.jobs import rollup_metrics
from orders.metrics.models import PaymentDay, PlatformDay, ProductDay, RollupMark, ShopDay
from orders.metrics.services import count_changes, count_days
from orders.models import Order
from orders.payments.constants import RefundKind, RefundStatus
from orders.payments.models import Payment, Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.tests.factories import declined, place_online, place_paid
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import delivered, return_in
from orders.tests.factories import place, place_one
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 10)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PRODUCT_FIGURES = ("units", "revenue_amount", "views")
SHOP_FIGURES = ("orders", "cancelled_orders", *PRODUCT_FIGURES)
TABLES = (ShopDay, ProductDay, PlatformDay, PaymentDay)


def move(order: Order, day: date, *, hours: float = 12) -> Order:
    """Have an order placed on another day."""
    moment = starts_at(day) + timedelta(hours=hours)
    Order.objects.filter(pk=order.pk).update(placed_at=moment)
    Payment.objects.filter(checkout=order.checkout_id).update(created_at=moment)
    order.refresh_from_db()
    return order


def cancel(order: Order) -> None:
    change_status(
        order.pk, OrderStatus.CANCELLED, actor=None, actor_kind=ActorKind.STAFF, reason="Gone"
    )


def values(model, **where):
    row = model.objects.filter(**where).values().get()
    return {name: value for name, value in row.items() if value}


def contents():
    return [sorted(map(str, table.objects.values())) for table in TABLES]


def test_counts_what_a_day_was():
    variant = VariantFactory(price_amount=100_000, stock=50)
    kept = move(place((variant, 3)).orders.get(), DAY)
    cancel(move(place((variant, 5)).orders.get(), DAY))
    ProductView.objects.create(day=DAY, product=variant.product, views=40)
    SearchQuery.objects.create(day=DAY, text="áo", searches=9, empty_searches=2)
    User.objects.filter(pk=kept.buyer_id).update(created_at=starts_at(DAY))
    Shop.objects.update(created_at=starts_at(DAY))

    assert count_days([DAY]) == 1

    shop_day = {
        "orders": 2,
        "cancelled_orders": 1,
        "units": 3,
        "revenue_amount": kept.total_amount,
        "views": 40,
        "day": DAY,
    }
    statuses = {"placed": 1, "cancelled": 1}
    assert values(ShopDay) == {**shop_day, "shop_id": kept.shop_id, "statuses": statuses}
    assert values(ProductDay) == {
        "day": DAY,
        "product_id": variant.product_id,
        "shop_id": kept.shop_id,
        "units": 3,
        "revenue_amount": 300_000,
        "views": 40,
    }
    assert values(PlatformDay) == {
        **shop_day,
        "new_users": 1,
        "new_shops": 1,
        "searches": 9,
        "empty_searches": 2,
    }
    # Cash that has not been asked for yet, and cash that never will be.
    assert values(PaymentDay) == {"day": DAY, "provider": "COD", "started": 2, "failed": 1}


def test_day_ends_at_the_sites_own_midnight(settings):
    settings.LOCAL_TIME_ZONE = "Asia/Ho_Chi_Minh"
    moments = {
        datetime(2026, 3, 9, 16, 59, 59, 999999, tzinfo=UTC): date(2026, 3, 9),
        datetime(2026, 3, 9, 17, 0, tzinfo=UTC): DAY,
        datetime(2026, 3, 10, 16, 59, 59, 999999, tzinfo=UTC): DAY,
        datetime(2026, 3, 10, 17, 0, tzinfo=UTC): date(2026, 3, 11),
    }
    for moment in moments:
        order = place_one()
        Order.objects.filter(pk=order.pk).update(placed_at=moment)

    count_days([date(2026, 3, n) for n in (9, 10, 11)])

    counted = dict(PlatformDay.objects.values_list("day", "orders"))
    assert counted == Counter(moments.values())


def test_day_of_a_clock_that_is_put_forward_has_23_hours(settings):
    settings.LOCAL_TIME_ZONE = "Europe/Berlin"
    day = date(2026, 3, 29)
    for hours in (-0.1, 0.1, 22.9, 23.1):
        order = place_one()
        moment = starts_at(day) + timedelta(hours=hours)
        Order.objects.filter(pk=order.pk).update(placed_at=moment)

    count_days([day])

    assert PlatformDay.objects.get().orders == 2


def test_counting_again_changes_nothing():
    move(place_one(), DAY)
    count_days([DAY])
    before = contents()
    with connection.cursor() as cursor:
        cursor.execute("SELECT shop_id, xmin::text FROM metrics_shopday")
        versions = cursor.fetchall()

    count_days([DAY, DAY])

    assert contents() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT shop_id, xmin::text FROM metrics_shopday")
        assert cursor.fetchall() == versions  # not even written


def test_what_is_gone_from_a_day_is_taken_away():
    order = move(place_one(), DAY)
    ProductView.objects.create(day=DAY, product=order.items.get().variant.product, views=1)
    count_days([DAY])

    move(order, DAY + timedelta(days=1))
    ProductView.objects.all().delete()
    count_days([DAY])

    assert not ShopDay.objects.exists()
    assert not ProductDay.objects.exists()
    assert not PaymentDay.objects.exists()
    assert PlatformDay.objects.get().orders == 0


def test_orders_without_their_money_are_not_counted():
    place_online()

    count_changes()

    assert not ShopDay.objects.exists()
    assert values(PaymentDay) == {"day": today(), "provider": "FAKE", "started": 1}


def test_payments_count_by_what_became_of_them():
    place_paid()
    apply_outcome(place_online().pk, declined())
    place_online()

    count_changes()

    day = values(PaymentDay)
    assert (day["started"], day["captured"], day["failed"]) == (3, 1, 1)


def test_refund_counts_on_the_day_of_its_order():
    order = delivered()
    move(order, DAY)
    count_changes()
    return_in(ReturnStatus.REFUNDED, order)

    count_changes()

    refund = Refund.objects.get(order=order, status=RefundStatus.SUCCEEDED)
    assert refund.amount > 0
    row = ShopDay.objects.get(day=DAY)
    assert (row.refunded_amount, row.revenue_amount) == (refund.amount, order.total_amount)


@pytest.mark.breaks_invariants  # a refund of a payment that is not there
def test_money_that_was_paid_twice_is_not_a_refund_of_the_day():
    order = delivered()
    Refund.objects.create(
        payment=order.checkout.payments.get(),
        order=order,
        kind=RefundKind.SURPLUS,
        status=RefundStatus.SUCCEEDED,
        ended_at=timezone.now(),
        amount=1,
        currency=order.currency,
        source="test",
    )

    count_changes()

    assert ShopDay.objects.get().refunded_amount == 0


def test_first_run_counts_everything_and_later_ones_what_has_changed():
    long_ago, lately = today() - timedelta(days=100), today() - timedelta(days=40)
    User.objects.update(created_at=timezone.now() - timedelta(days=120))
    old, _untouched = move(place_one(), long_ago), move(place_one(), lately)
    assert count_changes() == 101
    assert ShopDay.objects.get(day=long_ago).cancelled_orders == 0
    ShopDay.objects.filter(day=lately).update(views=99)  # would be put right, were it counted
    # What happened up to now is not looked at again.
    RollupMark.objects.update(counted_until=timezone.now() + OVERLAP)
    cancel(old)

    days = count_changes()

    assert ShopDay.objects.get(day=long_ago).cancelled_orders == 1
    assert ShopDay.objects.get(day=lately).views == 99
    assert days < 12


def test_worker_that_was_away_for_weeks_catches_up():
    count_changes(now=timezone.now() - timedelta(days=40))
    order = move(place_one(), today() - timedelta(days=30))
    User.objects.filter(pk=order.buyer_id).update(created_at=order.placed_at)

    count_changes()

    counted = PlatformDay.objects.get(day=local_day(order.placed_at))
    assert (counted.orders, counted.new_users) == (1, 1)
    assert RollupMark.objects.count() == 1


def test_counts_equal_a_scan_over_random_data():
    rng = Random(7)
    first = DAY - timedelta(days=8)
    shops = ShopFactory.create_batch(2)
    variants = [VariantFactory(product__shop=rng.choice(shops), stock=500) for _ in range(5)]
    for _ in range(14):
        lines = [(v, rng.randint(1, 4)) for v in rng.sample(variants, rng.randint(1, 3))]
        for order in place(*lines).orders.all():
            move(order, first + timedelta(days=rng.randrange(9)), hours=rng.random() * 24)
            if rng.random() < 0.3:
                cancel(order)
    for variant in variants:
        for n in rng.sample(range(9), 4):
            day = first + timedelta(days=n)
            ProductView.objects.create(day=day, product=variant.product, views=rng.randint(1, 90))
    for user in UserFactory.create_batch(10):
        moment = starts_at(first) + timedelta(hours=rng.random() * 24 * 9)
        User.objects.filter(pk=user.pk).update(created_at=moment)

    call_command("rollup_metrics", f"--from={first}", f"--to={DAY}", stdout=StringIO())

    by_shop, by_product = scanned()
    assert table(ShopDay, "shop_id", *SHOP_FIGURES) == {
        key: [sums[name] for name in SHOP_FIGURES] for key, sums in by_shop.items()
    }
    assert table(ProductDay, "product_id", *PRODUCT_FIGURES) == {
        key: [sums[name] for name in PRODUCT_FIGURES] for key, sums in by_product.items()
    }
    people = Counter(user.created_at.astimezone(ZONE).date() for user in User.objects.all())
    assert dict(PlatformDay.objects.values_list("day", "new_users")) == {
        day: people[day] for day in (first + timedelta(days=n) for n in range(9))
    }


def table(model, key, *names):
    return {(getattr(r, key), r.day): [getattr(r, n) for n in names] for r in model.objects.all()}


def scanned():
    """Count all orders and views one by one."""
    by_shop, by_product = defaultdict(Counter), defaultdict(Counter)
    for order in Order.objects.all():
        day = order.placed_at.astimezone(ZONE).date()
        sums = by_shop[order.shop_id, day]
        sums["orders"] += 1
        if order.status == OrderStatus.CANCELLED:
            sums["cancelled_orders"] += 1
            continue
        sums["revenue_amount"] += order.total_amount
        for item in order.items.all():
            sums["units"] += item.quantity
            by_product[item.product_id, day]["units"] += item.quantity
            by_product[item.product_id, day]["revenue_amount"] += item.line_total_amount
    for view in ProductView.objects.select_related("product"):
        by_shop[view.product.shop_id, view.day]["views"] += view.views
        by_product[view.product_id, view.day]["views"] += view.views
    return by_shop, by_product


def test_command_counts_the_days_it_is_told(capsys):
    move(place_one(), DAY)

    call_command("rollup_metrics", "--from=2026-03-01", "--to=2026-03-31")

    assert capsys.readouterr().out == "done=31 skipped=0 failed=0\n"
    assert PlatformDay.objects.get(orders=1).day == DAY
    assert not RollupMark.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--to=2026-03-31"],
        ["--from=2026-03-31", "--to=2026-03-01"],
        ["--from=yesterday"],
        ["--from=0001-01-01"],
        ["--from=2026-02-30"],
    ],
)
def test_command_refuses_days_that_are_none(arguments):
    with pytest.raises(CommandError):
        call_command("rollup_metrics", *arguments)

    assert not PlatformDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_runs_do_not_count_at_the_same_time():
    place_one()
    with job_lock("metrics.rollup"):
        (result,) = run_in_parallel(rollup_metrics, times=1)

    assert result.is_running_elsewhere
    assert not PlatformDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_count_once():
    place_one()

    results = run_in_parallel(rollup_metrics, times=8)

    assert {type(result).__name__ for result in results} == {"JobResult"}
    assert ShopDay.objects.get().orders == 1
