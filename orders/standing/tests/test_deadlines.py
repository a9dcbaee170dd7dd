"""Deadlines of shops: warned of once, cancelled once, and standing still on holiday."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import timezone

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.inventory.models import StockItem
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.parcels import report
from orders.fulfilment.services import change_status
from orders.models import Order, OrderEvent
from orders.returns.jobs import enforce_return_deadlines
from orders.returns.models import Return
from orders.returns.tests.factories import return_in
from orders.standing.constants import Measure, Obligation
from orders.standing.jobs import enforce_deadlines
from orders.standing.models import DeadlineWarning, ShopStanding
from orders.standing.selectors import due_of, orders_behind, standing_of
from orders.standing.services import cancel_late_order, count_standings
from orders.tests.factories import place_one
from shops.models import ShopHoliday
from shops.tests.factories import ShopFactory


def hours_ago(hours):
    return timezone.now() - timedelta(hours=hours)


def waiting(hours, *, confirmed=False):
    """Return an order whose shop has owed it a step for so long."""
    order = place_one()
    if confirmed:
        change_status(
            order.pk,
            OrderStatus.CONFIRMED,
            actor=order.shop.owner,
            actor_kind=ActorKind.SELLER,
        )
    name = "confirmed_at" if confirmed else "placed_at"
    Order.objects.filter(pk=order.pk).update(**{name: hours_ago(hours)})
    order.refresh_from_db()
    return order


def warn(order, obligation=Obligation.CONFIRM, *, ago=7):
    warning = DeadlineWarning.objects.create(
        order=order, obligation=obligation, due_at=timezone.now()
    )
    DeadlineWarning.objects.filter(pk=warning.pk).update(created_at=hours_ago(ago))


def away(order, since, until):
    ShopHoliday.objects.create(
        shop=order.shop, starts_at=hours_ago(since), ends_at=hours_ago(until)
    )


def topics():
    return list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))


@pytest.mark.django_db
def test_shop_is_warned_once_and_then_the_order_is_cancelled(capsys):
    fresh, near, late = waiting(17), waiting(19), waiting(73)
    OutboxEvent.objects.all().delete()

    first = enforce_deadlines()
    second = enforce_deadlines()

    assert (first.done, second.done) == (2, 0)
    assert topics() == ["orders.deadline_near"] * 2
    assert set(DeadlineWarning.objects.values_list("order", flat=True)) == {near.pk, late.pk}
    # It had no warning in time: it gets as long as others before it is cancelled.
    assert Order.objects.filter(status=OrderStatus.PLACED).count() == 3

    DeadlineWarning.objects.update(created_at=hours_ago(7))
    call_command("enforce_deadlines")

    assert capsys.readouterr().out.strip() == "done=1 skipped=0 failed=0"
    late.refresh_from_db()
    assert (late.status, late.cancel_reason) == (
        OrderStatus.CANCELLED,
        "The shop did not confirm the order in time.",
    )
    event = OrderEvent.objects.filter(order=late).latest("id")
    assert (event.actor_kind, event.from_status) == (ActorKind.SYSTEM, OrderStatus.PLACED)
    assert StockItem.objects.get(variant=late.items.get().variant).reserved == 0
    assert not Order.objects.filter(pk__in=[fresh.pk, near.pk]).exclude(status="placed").exists()


@pytest.mark.django_db
def test_what_is_confirmed_has_to_be_handed_over():
    order, in_part = waiting(72 + 49, confirmed=True), waiting(72 + 49, confirmed=True)
    warn(order, Obligation.HAND_OVER)
    warn(in_part, Obligation.HAND_OVER)
    report(Shipment.objects.create(order=in_part, carrier="GHTK", reference="1"), "delivered")

    result = enforce_deadlines()

    in_part.refresh_from_db()
    assert in_part.status == OrderStatus.CONFIRMED

    order.refresh_from_db()
    assert result.done == 1
    assert (order.status, order.cancel_reason) == (
        OrderStatus.CANCELLED,
        "The shop did not send the order in time.",
    )


@pytest.mark.django_db
def test_clocks_stand_still_on_holiday(api_as):
    order = waiting(73)
    warn(order)
    away(order, 60, 30)
    returned = return_in("requested")
    Return.objects.update(moved_at=hours_ago(100), deadline_at=hours_ago(28))
    ShopHoliday.objects.create(shop=returned.shop, starts_at=hours_ago(90), ends_at=hours_ago(50))

    result = enforce_deadlines()
    returns = enforce_return_deadlines()
    due = due_of(order.shop)[0]

    assert (result.done, returns.done) == (0, 0)
    holiday = ShopHoliday.objects.get(shop=order.shop)
    length = holiday.ends_at - holiday.starts_at
    assert due.due_at - order.placed_at == timedelta(hours=24) + length
    assert due.cancelled_at - order.placed_at == timedelta(hours=72) + length
    # What both sides and the notification read is what is enforced, to the second.
    until = due_of(returned.shop)[0].due_at
    away_for = ShopHoliday.objects.get(shop=returned.shop)
    assert until - Return.objects.get().deadline_at == away_for.ends_at - away_for.starts_at
    shown = api_as(returned.shop.owner).get(f"/api/v1/seller/returns/{returned.pk}").json()
    assert shown["deadline_at"] == f"{until:%Y-%m-%dT%H:%M:%S.%fZ}"
    for moment, is_due in ((until - timedelta(seconds=1), False), (until, True)):
        assert Return.objects.overdue(moment).exists() is is_due
    ShopHoliday.objects.all().delete()
    assert (enforce_deadlines().done, enforce_return_deadlines().done) == (1, 1)


@pytest.mark.django_db
def test_standing_counts_what_its_orders_show(django_assert_num_queries):
    late = waiting(30)
    shop = late.shop
    prompt, cancelled = place_one(), place_one()
    for order in (prompt, cancelled):
        Order.objects.filter(pk=order.pk).update(shop=shop)
    change_status(
        cancelled.pk,
        OrderStatus.CANCELLED,
        actor=shop.owner,
        actor_kind=ActorKind.SELLER,
        reason="Sold out",
    )
    returned = return_in("approved")
    Return.objects.filter(pk=returned.pk).update(shop=shop)
    Order.objects.filter(pk=returned.order_id).update(shop=shop)

    with django_assert_num_queries(4):
        standing = standing_of(shop)
    count_standings()

    assert [(each.measure, each.count, each.of) for each in standing.figures] == [
        (Measure.LATE_CONFIRMATIONS, 1, 4),
        (Measure.LATE_HAND_OVERS, 0, 1),
        (Measure.CANCELLATIONS, 1, 4),
        (Measure.RETURNS, 1, 1),
        (Measure.LATE_ANSWERS, 0, 1),
    ]
    behind = {each: list(orders_behind(shop, each)) for each in Measure}
    assert behind[Measure.LATE_CONFIRMATIONS] == [late]
    assert behind[Measure.CANCELLATIONS] == [cancelled]
    assert behind[Measure.RETURNS] == [returned.order]
    assert [each.order_id for each in standing.due] == [late.pk, prompt.pk]
    assert [each.is_late for each in standing.due] == [True, False]
    row = ShopStanding.objects.get(shop=shop)
    assert (row.late_rate_bps, row.cancel_rate_bps, row.return_rate_bps) == (2_000, 2_500, 10_000)
    # A year on it has sold nothing.
    count_standings(now=timezone.now() + timedelta(days=365))
    assert not ShopStanding.objects.exists()


@pytest.mark.django_db
def test_list_of_shops_shows_standings_and_finds_those_at_risk(
    client, django_assert_max_num_queries
):
    names = {"late": (1_000, 0, 0), "fine": (999, 499, 1_999), "returned": (0, 0, 2_000)}
    for name, (late, cancelled, returned) in names.items():
        ShopStanding.objects.create(
            shop=ShopFactory(name=name),
            counted_at=timezone.now(),
            orders=5,
            delivered_orders=5,
            late_rate_bps=late,
            cancel_rate_bps=cancelled,
            return_rate_bps=returned,
        )
    few = ShopFactory(name="few")
    ShopStanding.objects.create(shop=few, counted_at=timezone.now(), orders=4, late_rate_bps=10_000)
    ShopFactory(name="none")
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_shop"))
    client.force_login(StaffFactory())

    def shown(query):
        with django_assert_max_num_queries(9):
            response = client.get(f"/admin/shops/shop/?{query}")
        return [shop.name for shop in response.context["cl"].result_list], response

    at_risk, _ = shown("standing=at_risk&o=2")
    latest_first, page = shown("o=-4")

    assert sorted(at_risk) == ["late", "returned"]
    assert latest_first == ["few", "late", "fine", "returned", "none"]
    assert "10.0 %" in page.content.decode()
    client.force_login(clerk)
    _, page = shown("")
    assert "10.0 %" not in page.content.decode()


@pytest.mark.django_db
def test_seller_sees_the_orders_behind_each_number(api_as):
    order = waiting(30)
    owner = api_as(order.shop.owner)

    standing = owner.get("/api/v1/seller/standing").json()
    behind = owner.get("/api/v1/seller/standing/late_confirmations").json()

    assert standing["measures"][0] == {
        "measure": "late_confirmations",
        "count": 1,
        "of": 1,
        "rate": 1.0,
    }
    assert [row["number"] for row in standing["due"]] == [order.number]
    assert [row["number"] for row in behind["results"]] == [order.number]
    assert owner.get("/api/v1/seller/standing/nothing").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_order_confirmed_as_its_time_runs_out_is_one_or_the_other_once():
    orders = [waiting(73) for _ in range(6)]
    for order in orders:
        warn(order)

    def act(case):
        order, is_shop = case
        if not is_shop:
            return cancel_late_order(order.pk, Obligation.CONFIRM)
        change_status(
            order.pk, OrderStatus.CONFIRMED, actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )
        return "confirmed"

    cases = [(order, is_shop) for order in orders for is_shop in (True, False, False)]
    results = run_in_parallel(act, arguments=cases)

    for number, order in enumerate(orders):
        outcome = results[3 * number : 3 * number + 3]
        order.refresh_from_db()
        was_confirmed, cancelled = outcome[0] == "confirmed", outcome.count(True)
        assert was_confirmed + cancelled == 1
        assert order.status == ("confirmed" if was_confirmed else "cancelled")
        assert OrderEvent.objects.filter(order=order).count() == 2
        held = StockItem.objects.get(variant=order.items.get().variant).reserved
        assert held == (1 if was_confirmed else 0)
