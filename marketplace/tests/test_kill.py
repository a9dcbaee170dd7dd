"""kill -9 of web processes in the middle of checkouts, on a real server and a real database."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.conf import settings

from accounts.tests.factories import AddressFactory
from catalog.inventory.models import StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.testing.processes import database_url
from marketplace.tests.world import bearer
from orders.models import Checkout, Order
from shops.tests.factories import ShippingMethodFactory

BUYERS = 4
ORDERS_PER_BUYER = 15
WORKERS = 3
PATIENCE_SECONDS = 120


def free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def web_server():
    """Granian as production runs it, with workers that are replaced when they die."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS),
        "--respawn-failed-workers", "--respawn-interval", "0.1", "--host", "127.0.0.1",
        "--port", str(port), "--log-level", "error", "marketplace.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url()},
        start_new_session=True,
    )
    try:
        wait_until_up(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_up(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            requests.get(f"{url}/health/live", timeout=2)
        except requests.RequestException:
            assert time.monotonic() < deadline, "the web server did not start"
            time.sleep(0.1)
        else:
            return


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def order_until_acknowledged(url: str, headers: dict[str, str], body: dict, key: str) -> int:
    """Post an order until the server answers, as a client with a key does; returns the tries."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    tries = 0
    while True:
        tries += 1
        assert time.monotonic() < deadline, "no answer"
        try:
            response = requests.post(
                f"{url}/api/v1/orders",
                json=body,
                headers={**headers, "Idempotency-Key": key},
                timeout=30,
            )
        except requests.RequestException:
            time.sleep(0.05)
            continue
        if response.status_code == 201:
            return tries
        # The killed request's transaction may still be ending; nothing else is a right answer.
        assert response.status_code in {409, 503}, response.text
        if response.status_code == 409:
            assert response.json()["error"]["code"] == "idempotency_in_progress"
        time.sleep(0.05)


@pytest.mark.no_cover
@pytest.mark.django_db(transaction=True)
def test_killing_web_workers_loses_no_order_and_no_stock():
    ShippingMethodFactory()
    variants = [VariantFactory(stock=1000), VariantFactory(stock=1000)]
    buyers = [AddressFactory() for _ in range(BUYERS)]
    callers = [(bearer(address.user), address) for address in buyers]
    first_answer = threading.Event()

    def shop(url: str, number: int) -> int:
        headers, address = callers[number]
        body = {
            "items": [{"variant_id": str(variant.pk), "quantity": 1} for variant in variants],
            "address_id": str(address.pk),
        }
        tries = 0
        for index in range(ORDERS_PER_BUYER):
            tries += order_until_acknowledged(url, headers, body, f"{number}-{index}")
            first_answer.set()
        return tries

    def kill_workers(victims: list[int]) -> None:
        """Kill each worker once: granian takes more for a crash loop and gives up."""
        first_answer.wait(timeout=60)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
            time.sleep(0.3)

    with web_server() as (url, server_pid), ThreadPoolExecutor(BUYERS + 1) as pool:
        victims = workers_of(server_pid)
        assert len(victims) == WORKERS
        killer = pool.submit(kill_workers, victims)
        tries = sum(pool.map(lambda number: shop(url, number), range(BUYERS)))
        killer.result()

    wanted = BUYERS * ORDERS_PER_BUYER
    assert tries > wanted, "no kill hit a request"
    assert Checkout.objects.count() == wanted
    assert Order.objects.count() == 2 * wanted
    assert set(StockItem.objects.values_list("reserved", flat=True)) == {wanted}
