"""A provider that is silent, and buyers who do not wait for it."""

import os
import time
from collections.abc import Callable

import pytest

from orders.payments.constants import PaymentState
from orders.payments.models import Payment
from orders.payments.services import start
from orders.payments.services.start import start_payment
from orders.payments.tests.factories import place_online
from orders.payments.tests.providers import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payments(momo_server) -> list[Payment]:
    return [place_online(payment_method="MOMO") for _ in range(5)]


def _states() -> list[tuple[str, bool]]:
    rows = Payment.objects.order_by("created_at", "pk").values_list("status", "redirect_url")
    return [(status, bool(url)) for status, url in rows]


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_silent_provider_holds_no_buyer_and_is_left_alone(payments, momo_server, monkeypatch):
    monkeypatch.setattr(start, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr(start.breaker, "_rest_seconds", PATIENCE_SECONDS)
    momo_server.answers.clear()

    tried = [start_payment(payment) for payment in payments]

    assert {payment.status for payment in tried} == {PaymentState.PENDING}
    _wait_until(lambda: len(momo_server.calls) == start.FAILURES)
    monkeypatch.setattr(start, "BUDGET_SECONDS", PATIENCE_SECONDS)
    assert start_payment(payments[4]).status == PaymentState.PENDING
    assert len(momo_server.calls) == start.FAILURES

    momo_server.answers.set()
    begun, waiting = (PaymentState.REQUIRES_ACTION, True), (PaymentState.PENDING, False)
    _wait_until(lambda: _states() == [begun] * 3 + [waiting] * 2)

    monkeypatch.setitem(start.breaker._rests_until, "MOMO", time.monotonic() - 1)
    for payment in payments[3:]:
        assert start_payment(payment).status == PaymentState.REQUIRES_ACTION
    assert _states() == [begun] * 5
    assert len(momo_server.charges) == 5


def test_silent_provider_takes_no_other_ones_threads(
    payments, momo_server, stripe_server, monkeypatch
):
    """More wait for it than it has threads; whoever pays elsewhere does not."""
    monkeypatch.setattr(start, "THREADS", 1)
    monkeypatch.setattr(start, "BUDGET_SECONDS", 0.0)
    start._pool.cache_clear()
    momo_server.answers.clear()
    for payment in payments[:2]:
        start_payment(payment)

    monkeypatch.setattr(start, "BUDGET_SECONDS", PATIENCE_SECONDS)
    begun = start_payment(place_online(payment_method="STRIPE"))

    assert begun.status == PaymentState.REQUIRES_ACTION
    assert not momo_server.answers.is_set()
    momo_server.answers.set()
    _wait_until(lambda: [state for state, _ in _states()].count("requires_action") == 3)
    start._pool.cache_clear()


def test_late_answer_changes_nothing_that_is_over(payments, momo_server, monkeypatch):
    monkeypatch.setattr(start, "BUDGET_SECONDS", 0.0)
    momo_server.answers.clear()
    start_payment(payments[0])
    Payment.objects.update(status=PaymentState.EXPIRED)

    momo_server.answers.set()

    start._pool(os.getpid(), "MOMO").shutdown()
    start._pool.cache_clear()
    assert len(momo_server.charges) == 1
    assert _states() == [(PaymentState.EXPIRED, False)] * 5
