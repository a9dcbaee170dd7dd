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

ORDERS = 1000
KILLS = 20
TASKS = ("outbox.dispatch", "notifications.send")

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_kills_lose_no_notification_and_double_no_more_than_one_mail_each(worker, beat, tmp_path):
    ShippingMethodFactory()
    variant = VariantFactory(stock=2 * ORDERS)
    buyer = AddressFactory(user=UserFactory(email_verified_at=timezone.now())).user
    request = OrderRequest(
        address_id=buyer.addresses.get().pk, items=[WantedItem(variant_id=variant.pk, quantity=1)]
    )

    def shop() -> None:
        for _ in range(ORDERS):
            place_order(request, buyer=buyer)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        shopping = pool.submit(shop)
        for number in range(1, KILLS):
            # In the middle of the work: each kill waits for its share of it.
            wait_until_sent(number * ORDERS // (KILLS + 5), beat)
            if number != KILLS // 2:
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

    assert Order.objects.count() == ORDERS
    assert Notification.objects.filter(type="order_placed", user=buyer).count() == ORDERS
    assert Notification.objects.filter(type="order_received").count() == ORDERS
    sent = mails(tmp_path)
    assert len(set(sent)) == ORDERS
    assert ORDERS <= len(sent) <= ORDERS + KILLS


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
    redis, worker, beat, tmp_path, record_property
):
    ShippingMethodFactory()
    variant = VariantFactory(stock=ORDERS)
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
            *(OrderStatusChanged(placed.pk, "placed", "confirmed", "seller") for _ in range(ORDERS))
        )
    redis.start()
    started = time.monotonic()
    wait_until_through(beat)
    seconds = time.monotonic() - started

    record_property("backlog_seconds", round(seconds, 1))
    print(f"{ORDERS} events were through {seconds:.1f} s after Redis was back")  # noqa: T201
    assert Notification.objects.filter(type="order_confirmed").count() == ORDERS
    assert Notification.objects.filter(type="order_placed").count() == 11
    assert len(set(mails(tmp_path))) >= ORDERS
