"""Each day's captures against the list of the provider; localstripe is Stripe's API."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
from django.conf import settings
from django.db.models.functions import Now

from orders.models import Order
from orders.payments import jobs
from orders.payments.models import ComparedDay, Payment, ReconciliationTask
from orders.payments.services.compare import compare_day, days_to_compare
from orders.payments.services.reconcile import reconcile_payment
from orders.payments.tests.test_stripe import pay, started

pytestmark = pytest.mark.django_db(transaction=True)


def today():
    return datetime.now(UTC).date()


def tasks():
    return {(task.kind, task.payment_id) for task in ReconciliationTask.objects.all()}


def charge(amount: int) -> stripe.Charge:
    """Let somebody take money at the provider that this site knows nothing of."""
    client = stripe.StripeClient("sk_test_12345", base_addresses={"api": settings.STRIPE_API_BASE})
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = client.v1.payment_methods.create({"type": "card", "card": card})
    customer = client.v1.customers.create({"payment_method": method.id})
    params = {"amount": amount, "currency": "vnd", "source": method.id, "customer": customer.id}
    return client.v1.charges.create(params)


def test_capture_that_nobody_told_of_takes_effect(stripe_server):
    payment = started()
    pay(stripe_server, payment)

    assert compare_day("STRIPE", today()) is True

    payment.refresh_from_db()
    assert (payment.status, Order.objects.get().status) == ("captured", "placed")
    assert ComparedDay.objects.get().differences >= 1


def test_capture_that_is_known_is_no_difference(stripe_server):
    payment = started()
    pay(stripe_server, payment)
    reconcile_payment(payment.pk)

    compare_day("STRIPE", today())

    assert payment.pk not in {task.payment_id for task in ReconciliationTask.objects.all()}
    assert ComparedDay.objects.get().listed >= 1


def test_capture_that_is_not_ours_is_a_task(stripe_server):
    made = charge(77_000)

    compare_day("STRIPE", today())

    task = ReconciliationTask.objects.get(key=f"STRIPE:{made.id}")
    assert (task.kind, task.details) == ("unknown_at_site", {"amount": 77_000, "currency": "VND"})


@pytest.mark.breaks_invariants
def test_capture_of_another_amount_is_a_task_and_has_no_effect(stripe_server):
    payment = started()
    pay(stripe_server, payment)
    Payment.objects.filter(pk=payment.pk).update(amount=payment.amount + 1)
    payment.shares.update(amount=payment.amount + 1)

    compare_day("STRIPE", today())

    payment.refresh_from_db()
    assert payment.status == "requires_action"
    assert ("amount_mismatch", payment.pk) in tasks()


def test_refund_that_was_made_at_the_provider_takes_effect(stripe_server):
    payment = started()
    pay(stripe_server, payment)
    reconcile_payment(payment.pk)
    client = stripe.StripeClient("sk_test_12345", base_addresses={"api": stripe_server})
    payment.refresh_from_db()
    client.v1.refunds.create({"payment_intent": payment.provider_reference, "amount": 1_000})

    compare_day("STRIPE", today())

    refund = payment.refunds.get()
    assert (refund.kind, refund.amount, refund.status) == ("external", 1_000, "succeeded")


def test_capture_that_the_provider_does_not_know_is_a_task(stripe_server):
    payment = started()
    pay(stripe_server, payment)
    reconcile_payment(payment.pk)
    Payment.objects.filter(pk=payment.pk).update(provider_reference="pi_of_nobody")

    compare_day("STRIPE", today())

    assert ("missing_at_provider", payment.pk) in tasks()


def test_capture_of_a_moment_outside_the_day_is_asked_about(stripe_server):
    payment = started()
    pay(stripe_server, payment)
    reconcile_payment(payment.pk)
    yesterday = today() - timedelta(days=1)
    Payment.objects.filter(pk=payment.pk).update(captured_at=Now() - timedelta(days=1))

    compare_day("STRIPE", yesterday)

    assert ComparedDay.objects.get().listed == 0
    assert tasks() == set()


def test_each_day_that_is_over_is_compared_once(stripe_server):
    due = days_to_compare()
    assert due[-1][0] == "STRIPE"
    assert due[-1][1] < today()

    jobs.reconcile_payments()

    assert days_to_compare() == []
    assert ComparedDay.objects.count() == len(due) == 7


def test_day_stays_to_be_compared_while_the_provider_is_away(stripe_server, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert compare_day("STRIPE", today()) is False

    assert ComparedDay.objects.count() == 0
