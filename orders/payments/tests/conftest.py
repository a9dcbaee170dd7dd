"""Providers for the tests of payments."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from orders.payments.tests.providers import (
    MOMO_ACCESS,
    MOMO_SECRET,
    VNPAY_SECRET,
    Books,
    momo,
    serve,
    vnpay,
)


@pytest.fixture
def vnpay_server(settings: Any) -> Iterator[Books]:
    """VNPay's API, and the settings to reach it."""
    with serve(vnpay) as (url, books):
        settings.VNPAY_TMN_CODE = "TESTCODE"
        settings.VNPAY_HASH_SECRET = VNPAY_SECRET
        settings.VNPAY_API_URL = url
        yield books


@pytest.fixture
def momo_server(settings: Any) -> Iterator[Books]:
    """MoMo's API, and the settings to reach it."""
    with serve(momo) as (url, books):
        settings.MOMO_PARTNER_CODE = "MOMOTEST"
        settings.MOMO_ACCESS_KEY = MOMO_ACCESS
        settings.MOMO_SECRET_KEY = MOMO_SECRET
        settings.MOMO_API_URL = url
        yield books


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def _localstripe() -> Iterator[str]:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{url}/v1/customers", auth=("sk_test_1", ""), timeout=1)
            break
        except requests.ConnectionError:
            time.sleep(0.05)
    else:
        raise RuntimeError("localstripe did not start")
    yield url
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(10)


@pytest.fixture
def stripe_server(_localstripe: str, settings: Any) -> str:
    """A server that speaks Stripe's API, and the settings to reach it."""
    settings.STRIPE_SECRET_KEY = "sk_test_12345"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests"
    settings.STRIPE_API_BASE = _localstripe
    return _localstripe
