"""Notifications arrive, whatever is killed on the way: real workers, a Redis of their own, mail."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone

from accounts.tests.factories import AddressFactory, UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import publish
from marketplace.tests.test_kill import web_server
from marketplace.tests.workers import PATIENCE_SECONDS
from marketplace.tests.world import bearer
from notifications.constants import DeliveryState
from notifications.models import Delivery, Notification
from orders.checkout.place import OrderRequest, WantedItem, place_order
from orders.events import OrderStatusChanged
from orders.models import Order
from shops.tests.factories import ShippingMethodFactory

TASKS = ("outbox.dispatch", "notifications.send")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


def mails(folder: Path) -> list[str]:
    """Return the ids of the mails that went out, twice for what went out twice."""
    texts = (path.read_text() for path in (folder / "outbox" / "mail").glob("*"))
    return [found for text in texts for found in re.findall(r"^Message-ID: <(.+)@", text, re.M)]


def end_leases() -> None:
    """What dead processes had claimed is due at once, and not when their minutes are over."""
    now = timezone.now()
    OutboxEvent.objects.filter(status=OutboxStatus.PENDING).update(available_at=now)
    Delivery.objects.filter(state=DeliveryState.PENDING).update(next_try_at=now)


def is_through() -> bool:
    return (
        not OutboxEvent.objects.exclude(status=OutboxStatus.DONE).exists()
        and not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
    )


def test_kills_lose_no_notification_and_double_no_more_than_one_mail_each(
    worker, beat, tmp_path, pytestconfig
):
    orders, kills = pytestconfig.getoption("--orders"), pytestconfig.getoption("--kills")
    ShippingMethodFactory()
    variant = VariantFactory(stock=2 * orders)
    buyer = AddressFactory(user=UserFactory(email_verified_at=timezone.now())).user
    request = OrderRequest(
        address_id=buyer.addresses.get().pk, items=[WantedItem(variant_id=variant.pk, quantity=1)]
    )

    def shop() -> None:
        for _ in range(orders):
            place_order(request, buyer=buyer)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        shopping = pool.submit(shop)
        for number in range(1, kills):
            # In the middle of the work: each kill waits for its share of it.
            wait_until_sent(number * orders // (kills + 5), beat)
            if number != kills // 2:
                worker.kill_child()
            else:
                worker.kill()
                end_leases()
                worker.start()
        shopping.result(timeout=PATIENCE_SECONDS)
    worker.kill()
    end_leases()
    worker.start()
    wait_until_through(beat)

    assert Order.objects.count() == orders
    assert Notification.objects.filter(type="order_placed", user=buyer).count() == orders
    assert Notification.objects.filter(type="order_received").count() == orders
    sent = mails(tmp_path)
    assert len(set(sent)) == orders
    assert orders <= len(sent) <= orders + kills


def wait_until_through(beat: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_through():
        assert time.monotonic() < deadline, "something is left"
        beat(*TASKS)
        time.sleep(1)


def wait_until_sent(number: int, beat: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Delivery.objects.filter(state=DeliveryState.SENT).count() < number:
        assert time.monotonic() < deadline, "nothing is sent any more"
        beat(*TASKS)
        time.sleep(0.2)


def test_shop_goes_on_without_redis_and_the_backlog_is_through_when_it_is_back(
    redis, worker, beat, tmp_path, pytestconfig, record_property
):
    events = pytestconfig.getoption("--orders")
    ShippingMethodFactory()
    variant = VariantFactory(stock=events)
    address = AddressFactory(user=UserFactory(email_verified_at=timezone.now()))
    headers = bearer(address.user)
    product = variant.product
    item = {"variant_id": str(variant.pk), "quantity": 1}
    order = {"items": [item], "address_id": str(address.pk)}

    def visit(url: str, number: int) -> list[int]:
        api = f"{url}/api/v1"
        keyed = {**headers, "Idempotency-Key": f"visit-{number}"}
        answers = [
            requests.get(f"{url}/", timeout=30),
            requests.get(f"{api}/products", timeout=30),
            requests.get(f"{api}/products/{product.slug}", timeout=30),
            requests.get(f"{api}/products/search?q={product.title[:5]}", timeout=30),
            requests.get(f"{api}/categories", timeout=30),
            requests.post(f"{api}/cart", json=item, headers=headers, timeout=30),
            requests.get(f"{api}/cart", headers=headers, timeout=30),
            requests.post(f"{api}/orders/quote", json=order, headers=headers, timeout=30),
            requests.post(f"{api}/orders", json=order, headers=keyed, timeout=30),
            requests.get(f"{api}/notifications", headers=headers, timeout=30),
        ]
        return [answer.status_code for answer in answers]

    with web_server() as (url, _pid):
        visit(url, 0)
        redis.kill()
        with ThreadPoolExecutor(2) as pool:
            visits = list(pool.map(lambda number: visit(url, number), range(1, 11)))

    assert {status for statuses in visits for status in statuses} <= {200, 201}
    placed = Order.objects.first()
    with transaction.atomic():
        publish(
            *(OrderStatusChanged(placed.pk, "placed", "confirmed", "seller") for _ in range(events))
        )
    redis.start()
    started = time.monotonic()
    wait_until_through(beat)
    seconds = time.monotonic() - started

    record_property("backlog_seconds", round(seconds, 1))
    print(f"{events} events were through {seconds:.1f} s after Redis was back")  # noqa: T201
    assert Notification.objects.filter(type="order_confirmed").count() == events
    assert Notification.objects.filter(type="order_placed").count() == 11
    assert len(set(mails(tmp_path))) >= events
