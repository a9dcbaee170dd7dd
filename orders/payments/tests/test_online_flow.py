"""Paying online over HTTP, from the order to the money, as a buyer does."""

from collections import Counter

import pytest
from django.test import Client

from accounts.tests.factories import AddressFactory
from catalog.inventory.models import Reservation, StockItem
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.checkout import place as place_module
from orders.models import Checkout, Order
from orders.payments.jobs import reconcile_payments
from orders.payments.models import Payment, Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.tests.factories import captured, place_online, run_out
from orders.services.cancel import cancel_order
from orders.services.progress import advance_order
from orders.tests.factories import place_one
from shops.tests.factories import ShippingMethodFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def address():
    ShippingMethodFactory()
    return AddressFactory()


def pay_url(payment):
    return f"/api/v1/checkouts/{payment.checkout_id}/pay"


def order(api, address, variant, **changes):
    body = {
        "items": [{"variant_id": str(variant.pk), "quantity": 1}],
        "address_id": str(address.pk),
        "payment_method": "FAKE",
        **changes,
    }
    return api.post("/api/v1/orders", body)


@pytest.mark.django_db(transaction=True)
def test_buyer_pays_on_the_providers_page(api_as, address):
    api = api_as(address.user)

    placed = order(api, address, VariantFactory()).json()

    payment = placed["payment"]
    assert (payment["provider"], payment["status"]) == ("FAKE", "requires_action")
    assert placed["orders"][0]["status"] == "pending_payment"
    path = payment["redirect_url"].split("/", 3)[3]
    page = Client()
    assert b"No money moves here" in page.get(f"/{path}").content
    paid = page.post(f"/{path}", {"state": "paid"})
    assert b"paid" in paid.content
    detail = api.get(f"/api/v1/orders/{placed['orders'][0]['id']}").json()
    assert (detail["status"], detail["payment_status"]) == ("placed", "paid")
    assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "captured"


def test_page_that_does_nothing_leaves_the_payment(api_as, address):
    placed = order(api_as(address.user), address, VariantFactory()).json()
    path = placed["payment"]["redirect_url"].split("/", 3)[3]

    for state in ("waiting", "nonsense", ""):
        assert b"What should become of it?" in Client().post(f"/{path}", {"state": state}).content

    assert Payment.objects.get().status == "requires_action"


def test_page_of_an_unknown_payment_is_not_found(address, settings):
    assert Client().get("/payments/fake/01936d2c-0000-7000-8000-000000000000").status_code == 404
    payment = place_online()
    settings.FAKE_PAYMENTS = False
    assert Client().get(f"/payments/fake/{payment.pk}").status_code == 404


def test_sixth_unpaid_checkout_is_refused(api_as, address):
    api = api_as(address.user)
    variant = VariantFactory(stock=100)
    codes = [order(api, address, variant).status_code for _ in range(6)]

    refused = order(api, address, variant)

    assert codes == [201] * 5 + [409]
    assert refused.json()["error"]["code"] == "too_many_unpaid_checkouts"
    assert Checkout.objects.count() == 5
    assert StockItem.objects.get().reserved == 5
    assert order(api, address, variant, payment_method="COD").status_code == 201
    first = Order.objects.earliest("pk")
    cancel_order(first.pk, actor=address.user, actor_kind="buyer", reason="")
    assert order(api, address, variant).status_code == 201


def test_cash_checkouts_that_no_shop_has_confirmed_are_limited(api_as, address, settings):
    settings.MAX_UNCONFIRMED_CASH_CHECKOUTS = 2
    api = api_as(address.user)
    variant = VariantFactory(stock=100)

    def cash():
        return order(api, address, variant, payment_method="COD")

    codes = [cash().status_code for _ in range(2)]
    refused = cash()

    assert codes == [201, 201]
    assert (refused.status_code, refused.json()["error"]["code"]) == (
        409,
        "too_many_cash_checkouts",
    )
    assert Checkout.objects.count() == 2
    assert StockItem.objects.get().reserved == 2
    # Others order, and whoever pays does.
    other = AddressFactory()
    assert order(api_as(other.user), other, variant, payment_method="COD").status_code == 201
    assert order(api, address, variant).status_code == 201
    first = Order.objects.earliest("pk")
    advance_order(first.pk, "confirmed", actor=first.shop.owner, actor_kind="seller")
    assert (cash().status_code, cash().status_code) == (201, 409)


@pytest.mark.django_db(transaction=True)
def test_cash_checkouts_at_once_are_as_many_as_allowed(api_as, address, settings):
    settings.MAX_UNCONFIRMED_CASH_CHECKOUTS = 3
    variant = VariantFactory(stock=100)

    codes = run_in_parallel(
        lambda: order(api_as(address.user), address, variant, payment_method="COD").status_code,
        times=12,
    )

    assert Counter(codes) == {201: 3, 409: 9}
    assert StockItem.objects.get().reserved == 3


@pytest.mark.django_db(transaction=True)
def test_hundred_unpaid_checkouts_at_once_leave_five(api_as, address):
    variant = VariantFactory(stock=1_000)

    codes = run_in_parallel(
        lambda: order(api_as(address.user), address, variant).status_code, times=100
    )

    assert Counter(codes) == {201: 5, 409: 95}
    assert Checkout.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_race_for_unpaid_checkouts_is_real_without_its_lock(api_as, address, monkeypatch):
    monkeypatch.setattr(place_module, "transaction_lock", lambda name: None)
    variant = VariantFactory(stock=1_000)

    codes = run_in_parallel(
        lambda: order(api_as(address.user), address, variant).status_code, times=100
    )

    assert Counter(codes)[201] > 5


def test_hot_item_is_held_for_less(api_as, address):
    variant = VariantFactory()
    StockItem.objects.filter(variant=variant).update(hold_seconds=180)

    placed = order(api_as(address.user), address, variant).json()

    checkout = Checkout.objects.get()
    held = (checkout.expires_at - checkout.created_at).total_seconds()
    assert 175 < held <= 180
    assert placed["payment"]["expires_at"] == placed["checkout"]["expires_at"]
    assert Reservation.objects.get().expires_at == checkout.expires_at


def test_another_try_needs_a_checkout_that_waits(api_as):
    payment = place_online()
    api = api_as(payment.checkout.buyer)
    url = f"/api/v1/checkouts/{payment.checkout_id}/pay"

    second = api.post(url, {"payment_method": "FAKE"})

    assert second.status_code == 201
    assert second.json()["id"] != str(payment.pk)
    assert second.json()["status"] == "requires_action"
    assert api.post(url, {"payment_method": "COD"}).status_code == 409
    run_out(payment)
    assert api.post(url, {"payment_method": "FAKE"}).json()["error"]["code"] == "not_payable"


def test_other_tries_are_closed_by_the_one_that_is_paid(api_as):
    first = place_online()
    api = api_as(first.checkout.buyer)
    tries = [api.post(pay_url(first), {"payment_method": "FAKE"}).json()["id"] for _ in range(2)]
    paid = Payment.objects.get(pk=tries[0])

    apply_outcome(paid.pk, captured(paid))

    states = [
        api.get(f"/api/v1/payments/{pk}").json()["status"] for pk in (first.pk, paid.pk, tries[1])
    ]
    assert states == ["cancelled", "captured", "cancelled"]
    apply_outcome(first.pk, captured(first))
    assert Refund.objects.get().payment == first
    assert Refund.objects.get().amount == first.amount
    assert Order.objects.get().payment_status == "paid"


def test_cancelling_the_last_order_that_waits_closes_every_try(api_as):
    first = place_online((VariantFactory(), 1), (VariantFactory(), 1))
    api = api_as(first.checkout.buyer)
    api.post(pay_url(first), {"payment_method": "FAKE"})
    order, sibling = Order.objects.order_by("pk")

    api.post(f"/api/v1/orders/{order.pk}/cancel", {"reason": "x"})

    assert not Payment.objects.filter(status="cancelled").exists()
    api.post(f"/api/v1/orders/{sibling.pk}/cancel", {"reason": "x"})
    assert set(Payment.objects.values_list("status", flat=True)) == {"cancelled"}


def test_someone_elses_checkout_cannot_be_paid(api_as, address):
    payment = place_online()
    api = api_as(address.user)

    assert (
        api.post(
            f"/api/v1/checkouts/{payment.checkout_id}/pay", {"payment_method": "FAKE"}
        ).status_code
        == 404
    )
    assert api.get(f"/api/v1/payments/{payment.pk}").status_code == 404
    assert Payment.objects.count() == 1


@pytest.mark.no_cover
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stock", [1, 2])
def test_money_two_seconds_late_is_an_order_with_stock_or_a_full_refund(stock):
    from orders.payments import fake
    from orders.payments.services.capture import apply_outcome
    from orders.payments.services.start import start_payment

    for _ in range(50):
        variant = VariantFactory(stock=stock)
        payment = place_online((variant, 1))
        start_payment(payment)
        fake.decide(payment.reference, "paid")
        run_out(payment)
        other = place_online((variant, 1))

        apply_outcome(payment.pk, captured(payment))
        drain_outbox()

        late = payment.checkout.orders.get()
        payment.refresh_from_db()
        expected = {
            1: ("cancelled", "refunded", "refunded"),
            2: ("placed", "paid", "captured"),
        }
        assert (late.status, late.payment_status, payment.status) == expected[stock]
        assert StockItem.objects.get(variant=variant).reserved == stock
        assert other.checkout.orders.get().status == "pending_payment"


@pytest.mark.django_db(transaction=True)
def test_reconciliation_closes_hundred_payments_whose_reports_were_lost():
    from orders.payments import fake
    from orders.payments.services.start import start_payment

    for number in range(100):
        payment = place_online((VariantFactory(stock=1), 1))
        start_payment(payment)
        fake.decide(payment.reference, "paid" if number % 4 else "failed")
    Payment.objects.update(created_at="2026-01-01T00:00:00Z")

    result = reconcile_payments()

    assert (result.done, result.failed) == (100, 0)
    assert Counter(Payment.objects.values_list("status", flat=True)) == {
        "captured": 75,
        "failed": 25,
    }
    assert Counter(Order.objects.values_list("status", flat=True)) == {
        "placed": 75,
        "pending_payment": 25,
    }
    assert reconcile_payments().done == 0


def test_reconciliation_leaves_cash_and_young_payments_alone():
    place_one()
    place_online()

    assert reconcile_payments(dry_run=True).done == 0
