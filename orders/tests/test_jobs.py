"""The periodic jobs of orders: late, twice, beside themselves."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.inventory.models import Reservation, StockItem
from catalog.tests.factories import VariantFactory
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.models import Order
from orders.payments.models import Payment
from orders.services.cancel import cancel_order
from orders.tests.factories import make_unpaid, place, place_one

pytestmark = pytest.mark.django_db


def run(command: str, capsys, **options) -> str:
    call_command(command, **options)
    return capsys.readouterr().out.strip()


def test_unpaid_checkout_gives_stock_back_when_its_time_is_over(capsys):
    checkout = place((VariantFactory(), 2), (VariantFactory(), 1))
    make_unpaid(checkout, expires_in=timedelta(seconds=-1))

    assert run("expire_checkouts", capsys) == "done=1 skipped=0 failed=0"

    assert set(checkout.orders.values_list("status", flat=True)) == {OrderStatus.CANCELLED}
    assert set(Reservation.objects.values_list("status", flat=True)) == {"expired"}
    assert set(StockItem.objects.values_list("reserved", flat=True)) == {0}
    assert Payment.objects.get().status == "expired"
    assert run("expire_checkouts", capsys) == "done=0 skipped=0 failed=0"


def test_checkout_whose_time_is_not_over_is_left_alone(capsys):
    checkout = place((VariantFactory(), 1))
    make_unpaid(checkout, expires_in=timedelta(seconds=60))

    assert run("expire_checkouts", capsys) == "done=0 skipped=0 failed=0"
    assert checkout.orders.get().status == OrderStatus.PENDING_PAYMENT


def test_cash_order_never_expires(capsys):
    order = place_one()
    Order.objects.update(created_at=timezone.now() - timedelta(days=30))

    assert run("expire_checkouts", capsys) == "done=0 skipped=0 failed=0"
    order.refresh_from_db()
    assert order.status == OrderStatus.PLACED


def test_dry_run_counts_and_changes_nothing(capsys):
    checkout = place((VariantFactory(), 1))
    make_unpaid(checkout, expires_in=timedelta(seconds=-1))

    assert run("expire_checkouts", capsys, dry_run=True) == "done=1 skipped=0 failed=0"
    assert checkout.orders.get().status == OrderStatus.PENDING_PAYMENT


def test_delivered_order_completes_after_seven_days(capsys):
    order = place_one()
    for step in ("confirmed", "packed", "shipped", "delivered"):
        change_status(
            order.pk, OrderStatus(step), actor=order.shop.owner, actor_kind=ActorKind.SELLER
        )
    order.refresh_from_db()
    assert order.complete_before - order.delivered_at == timedelta(days=7)

    assert run("complete_delivered_orders", capsys) == "done=0 skipped=0 failed=0"
    Order.objects.update(complete_before=timezone.now())
    assert run("complete_delivered_orders", capsys) == "done=1 skipped=0 failed=0"

    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    assert order.events.order_by("pk").last().actor_kind == ActorKind.SYSTEM
    assert run("complete_delivered_orders", capsys) == "done=0 skipped=0 failed=0"


def test_row_that_always_fails_does_not_stop_the_rows_behind_it(capsys):
    """The broken one is the first in the queue: its stock item is gone."""
    broken, healthy = place((VariantFactory(), 1)), place((VariantFactory(), 1))
    make_unpaid(broken, expires_in=timedelta(hours=-1))
    make_unpaid(healthy, expires_in=timedelta(seconds=-1))
    StockItem.objects.filter(variant__reservations__reference__in=broken.orders.all()).update(
        reserved=0  # what is released would fall below zero
    )

    assert run("expire_checkouts", capsys) == "done=1 skipped=0 failed=1"

    assert healthy.orders.get().status == OrderStatus.CANCELLED
    assert broken.orders.get().status == OrderStatus.PENDING_PAYMENT
    StockItem.objects.filter(variant__reservations__reference__in=broken.orders.all()).update(
        reserved=1
    )
    assert run("expire_checkouts", capsys) == "done=1 skipped=0 failed=0"
    assert broken.orders.get().status == OrderStatus.CANCELLED


def test_checkout_whose_orders_were_cancelled_meanwhile_is_skipped_once(capsys):
    checkout = place((VariantFactory(), 1))
    make_unpaid(checkout, expires_in=timedelta(seconds=-1))
    order = checkout.orders.get()
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="x")

    assert run("expire_checkouts", capsys) == "done=0 skipped=1 failed=0"
    assert run("expire_checkouts", capsys) == "done=0 skipped=0 failed=0"
