"""MoMo: known vectors, its API, its messages in all their forged variants."""

import json
from collections import Counter
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.tests.factories import VariantFactory
from marketplace.common.signing import sign
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.models import Order
from orders.payments.gateways.momo import signing_text
from orders.payments.models import Payment, PaymentEvent, ReconciliationTask, Refund
from orders.payments.services.reconcile import reconcile_payment
from orders.payments.services.refunds import Wanted, request_refund
from orders.payments.services.start import FAILURES, start_payment
from orders.payments.tests.factories import place_online
from orders.payments.tests.providers import MOMO_MOST, MOMO_SECRET

pytestmark = pytest.mark.django_db

VECTORS = [
    (
        {
            "amount": 50000,
            "extraData": "",
            "ipnUrl": "https://api.example.vn/webhooks/momo",
            "orderId": "ORD-1",
            "orderInfo": "pay with MoMo",
            "partnerCode": "MOMOTEST",
            "redirectUrl": "https://shop.example.vn/return",
            "requestId": "REQ-1",
            "requestType": "captureWallet",
        },
        "35a62037fdfe593776de2f6f37dec299e20f0e848963d20a4346984ab28b71a4",
    ),
    (
        {
            "amount": 50000,
            "extraData": "",
            "message": "Thành công.",
            "orderId": "ORD-1",
            "orderInfo": "pay with MoMo",
            "orderType": "momo_wallet",
            "partnerCode": "MOMOTEST",
            "payType": "qr",
            "requestId": "REQ-1",
            "responseTime": 1721720663942,
            "resultCode": 0,
            "transId": 4088878653,
        },
        "6e189f850857d9e1a76ca7eccd49106dcb4b71b404ff925ca6377b11c0952df5",
    ),
    (
        {
            "amount": 50000,
            "description": "",
            "orderId": "RF-1",
            "partnerCode": "MOMOTEST",
            "requestId": "RREQ-1",
            "transId": 4088878653,
        },
        "d193dffce0bb1f7a29cb65f17ba7f22111c394d21f89d175f40cbabf58cd76c0",
    ),
    (
        {"orderId": "ORD-1", "partnerCode": "MOMOTEST", "requestId": "QREQ-1"},
        "d4fa4f633349cca2d7ce7cc39616e90976516ed2b1005602114c9c6d7ad5b32a",
    ),
]


@pytest.mark.parametrize(("values", "signature"), VECTORS)
def test_signs_as_the_known_messages_are(settings, values, signature):
    settings.MOMO_ACCESS_KEY = "ACCESS"

    assert sign(signing_text(values), "SECRET", "sha256") == signature


def started() -> Payment:
    return start_payment(place_online(payment_method="MOMO"))


def ipn(payment: Payment, secret: str = MOMO_SECRET, **changes: object) -> dict[str, object]:
    """Return what MoMo sends when the buyer has paid, signed."""
    values = {
        "amount": payment.amount,
        "extraData": "",
        "message": "Thành công.",
        "orderId": payment.reference,
        "orderInfo": "Payment",
        "orderType": "momo_wallet",
        "partnerCode": "MOMOTEST",
        "payType": "qr",
        "requestId": payment.reference,
        "responseTime": 1721720663942,
        "resultCode": 0,
        "transId": 4088878653,
        **changes,
    }
    return {**values, "signature": sign(signing_text(values), secret, "sha256")}


def send(body: object) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    response = APIClient().generic(
        "POST", "/api/v1/webhooks/momo", raw, content_type="application/json"
    )
    assert response.content == b""
    return response.status_code


def test_start_gives_the_wallets_page(momo_server):
    payment = started()

    assert payment.status == "requires_action"
    assert payment.redirect_url == f"https://pay.test/{payment.reference}"
    assert momo_server.charges[payment.reference]["amount"] == payment.amount


def test_start_whose_answer_was_lost_goes_on_by_another_try(momo_server):
    first = place_online(payment_method="MOMO")
    momo_server.lose_answers = 1

    payment = start_payment(first)

    assert payment.status == "requires_action"
    assert payment.redirect_url == f"https://pay.test/{payment.reference}"
    first.refresh_from_db()
    assert (first.status, first.failure_code, first.redirect_url) == (
        "failed",
        "already_started",
        "",
    )
    assert list(momo_server.charges) == [first.reference, payment.reference]
    assert {share.amount for share in payment.shares.all()} == {payment.amount} == {first.amount}
    calls = len(momo_server.calls)
    assert start_payment(first) == payment
    assert (len(momo_server.calls), Payment.objects.count()) == (calls, 2)


def test_start_whose_answer_was_lost_is_not_tried_anew_once_its_time_is_over(momo_server):
    place_online(payment_method="MOMO")
    Payment.objects.update(expires_at=timezone.now())
    momo_server.lose_answers = 1

    payment = start_payment(Payment.objects.get())

    assert (payment.status, payment.failure_code) == ("failed", "already_started")
    assert Payment.objects.get() == payment


def test_both_tries_that_are_paid_bring_the_money_once(momo_server):
    first = place_online(payment_method="MOMO")
    momo_server.lose_answers = 1
    second = start_payment(first)
    send(ipn(second))

    assert send(ipn(first, transId=4088878654)) == 204

    surplus = Refund.objects.get()
    assert (surplus.payment, surplus.kind, surplus.amount) == (first, "surplus", first.amount)
    assert Order.objects.get().payment_status == "paid"


def test_refused_amount_fails_its_payment_and_turns_nobody_else_away(momo_server):
    """MoMo refuses with 400: a provider that answers is not one that is away."""
    momo_server.refusal_status = 400
    variant = VariantFactory(price_amount=MOMO_MOST + 1, stock=10)

    refused = [
        start_payment(place_online((variant, 1), payment_method="MOMO")) for _ in range(FAILURES)
    ]

    assert [(row.status, row.failure_code) for row in refused] == [("failed", "22")] * FAILURES
    assert len(momo_server.calls) == FAILURES
    assert started().status == "requires_action"


def test_report_of_a_payment_places_the_order(momo_server):
    payment = started()

    assert send(ipn(payment)) == 204
    assert send(ipn(payment)) == 204

    assert Order.objects.get().status == "placed"
    assert PaymentEvent.objects.get().outcome == "applied"


@pytest.mark.parametrize(("code", "status"), [(1006, "failed"), (7000, "requires_action")])
def test_other_results_leave_the_order_unpaid(momo_server, code, status):
    payment = started()

    assert send(ipn(payment, resultCode=code)) == 204

    payment.refresh_from_db()
    assert payment.status == status
    assert Order.objects.get().status == "pending_payment"


FORGERIES = {
    "no signature": lambda p: {**p, "signature": ""},
    "missing signature": lambda p: {k: v for k, v in p.items() if k != "signature"},
    "null signature": lambda p: {**p, "signature": None},
    "number as signature": lambda p: {**p, "signature": 5},
    "list as signature": lambda p: {**p, "signature": [p["signature"]]},
    "truncated": lambda p: {**p, "signature": p["signature"][:-1]},
    "upper case": lambda p: {**p, "signature": p["signature"].upper() + "A"},
    "not ascii": lambda p: {**p, "signature": "đ" * 64},
    "not hex": lambda p: {**p, "signature": "x" * 64},
    "amount raised": lambda p: {**p, "amount": 10**9},
    "amount as text with zeros": lambda p: {**p, "amount": f"0{p['amount']}"},
    "amount with a fraction": lambda p: {**p, "amount": 50000.5},
    "amount as an object": lambda p: {**p, "amount": {"value": 1}},
    "amount true": lambda p: {**p, "amount": True},
    "another payment": lambda p: {**p, "orderId": "0" * 32},
    "another request": lambda p: {**p, "requestId": "other"},
    "result flipped": lambda p: {**p, "resultCode": 1006},
    "message changed": lambda p: {**p, "message": "Thanh cong."},
    "number changed": lambda p: {**p, "transId": 1},
    "time changed": lambda p: {**p, "responseTime": 1},
    "another merchant": lambda p: {**p, "partnerCode": "OTHER"},
    "dropped field": lambda p: {k: v for k, v in p.items() if k != "payType"},
    "extra data": lambda p: {**p, "extraData": "x"},
    "type changed": lambda p: {**p, "orderType": "card"},
    "info changed": lambda p: {**p, "orderInfo": "x"},
    "a list": lambda p: [p],
    "text": lambda p: "paid",
    "nothing": lambda p: b"",
    "no JSON": lambda p: b"amount=1",
    "not UTF-8": lambda p: b"\xff\xfe",
    "deep": lambda p: b"[" * 100_000,
}


def test_forged_report_is_refused(momo_server):
    payment = started()

    for name, forgery in FORGERIES.items():
        assert send(forgery(ipn(payment))) == 400, name

        payment.refresh_from_db()
        assert payment.status == "requires_action", name
        assert not PaymentEvent.objects.exists(), name


@pytest.mark.parametrize(
    ("changes", "secret", "status"),
    [
        ({"amount": 1}, MOMO_SECRET, 400),
        ({"orderId": "f" * 32}, MOMO_SECRET, 404),
        ({"orderId": "nonsense"}, MOMO_SECRET, 404),
        ({"partnerCode": "OTHER"}, MOMO_SECRET, 400),
        ({}, "another secret", 400),
    ],
)
def test_signed_report_that_does_not_fit_has_no_effect(momo_server, changes, secret, status):
    payment = started()

    assert send(ipn(payment, secret, **changes)) == status

    assert Order.objects.get().status == "pending_payment"


def test_another_amount_goes_before_staff_once(momo_server):
    payment = started()

    send(ipn(payment, amount=1))
    send(ipn(payment, amount=1))

    assert ReconciliationTask.objects.get().details["said"] == 1


@pytest.mark.django_db(transaction=True)
def test_report_hundred_times_at_once_has_one_effect(momo_server):
    payment = started()
    body = ipn(payment)

    answers = run_in_parallel(lambda: send(body), times=100)

    assert Counter(answers) == {204: 100}
    assert PaymentEvent.objects.count() == 1
    assert Order.objects.get().events.filter(to_status="placed").count() == 1


def test_browser_that_comes_back_changes_nothing(momo_server, settings):
    payment = started()

    response = APIClient().get(f"/api/v1/payments/return/momo?{urlencode(ipn(payment))}")

    assert response["Location"] == (
        f"{settings.SHOP_FRONT_URL}/payment?payment_id={payment.pk}&status=requires_action"
    )
    payment.refresh_from_db()
    assert payment.status == "requires_action"


@pytest.mark.parametrize("refusal_status", [200, 400])
@pytest.mark.django_db(transaction=True)
def test_query_and_refund(momo_server, refusal_status):
    momo_server.refusal_status = refusal_status
    payment = started()
    momo_server.take(payment.reference, payment.amount)
    assert reconcile_payment(payment.pk) is True
    order = Order.objects.get()
    momo_server.lose_answers = 1

    refund = request_refund(order.pk, Wanted(), kind="goodwill", source="test", actor=None)
    drain_outbox()
    type(refund).objects.update(next_try_at="2026-01-01T00:00:00Z")
    from orders.payments.jobs import send_refunds

    send_refunds()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert momo_server.refunds == {
        refund.pk.hex: {"of": payment.reference, "amount": payment.amount}
    }


@pytest.mark.parametrize("refusal_status", [200, 400])
def test_refused_query_says_nothing_of_its_payment(momo_server, settings, refusal_status):
    payment = started()
    Payment.objects.update(expires_at="2026-01-01T00:00:00Z")
    momo_server.refusal_status = refusal_status
    settings.MOMO_SECRET_KEY = "not theirs"

    assert reconcile_payment(payment.pk) is False

    payment.refresh_from_db()
    assert (payment.status, payment.failure_code) == ("requires_action", "")
    assert not ReconciliationTask.objects.exists()


@pytest.mark.parametrize("refusal_status", [200, 400])
@pytest.mark.django_db(transaction=True)
def test_refused_refund_goes_before_staff(momo_server, refusal_status):
    momo_server.refusal_status = refusal_status
    payment = started()
    momo_server.take(payment.reference, payment.amount)
    reconcile_payment(payment.pk)
    momo_server.charges.clear()
    order = Order.objects.get()

    refund = request_refund(order.pk, Wanted(), kind="goodwill", source="test", actor=None)
    drain_outbox()

    refund.refresh_from_db()
    assert refund.status == "failed"
    assert ReconciliationTask.objects.get().kind == "refund_failed"
    order.refresh_from_db()
    assert order.payment_status == "paid"
