"""VNPay: known vectors, its API, its messages in all their forged variants."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.common.signing import sign
from marketplace.common.testing import drain_outbox, run_in_parallel
from marketplace.common.webhooks import Message
from orders.checkout.pay import pay_checkout
from orders.models import Order
from orders.payments.gateways.base import Charge
from orders.payments.gateways.vnpay import VNPay, signing_text
from orders.payments.jobs import send_refunds
from orders.payments.models import Payment, PaymentEvent, ReconciliationTask, Refund
from orders.payments.services.reconcile import reconcile_payment
from orders.payments.services.refunds import Wanted, request_refund
from orders.payments.services.start import start_payment
from orders.payments.services.unsent_refunds import retry_refund
from orders.payments.tests.factories import place_online
from orders.payments.tests.providers import VNPAY_SECRET

pytestmark = pytest.mark.django_db

OFFICIAL = {
    "vnp_Amount": "1000000",
    "vnp_BankCode": "NCB",
    "vnp_BankTranNo": "VNP14422574",
    "vnp_CardType": "ATM",
    "vnp_OrderInfo": "Thanh toan don hang 2024-05-21T02:17:31.249Z",
    "vnp_PayDate": "20240521091806",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": "TEST_TMN_CODE",
    "vnp_TransactionNo": "14422574",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": "1716257871703",
}


@pytest.mark.parametrize(
    ("code", "signature"),
    [
        (
            "00",
            "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361d"
            "bf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895",
        ),
        (
            "99",
            "503194f6d93b57b357b2d1d09742565e67e86d771352c5dca4fc8d39df3d392c"
            "6b3809add9405f97cfb9631f445e36c80656cfbf47eac67d97fa165865c13e1b",
        ),
    ],
)
def test_signs_as_the_known_messages_are(code, signature):
    text = signing_text({**OFFICIAL, "vnp_ResponseCode": code})

    assert sign(text, "test_secret", "sha512") == signature


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (
            "REQUEST123456|2.1.0|querydr|TEST_TMN_CODE|TXN123456789|20231221103000|20231221103000"
            "|127.0.0.1|Test order query",
            "ac23f7e0db3fc8bc6dc83350725b891aa921ec7a83d1a370978d314457eeda17"
            "6ff26a87bd4e13dc896c24890238b29fadf033080a07aa52abafa830cd2eb565",
        ),
        (
            "REFUND123456|2.1.0|refund|TEST_TMN_CODE|02|TXN123456789|1000000|14422574"
            "|20231221103000|merchant_user|20231221103000|127.0.0.1|Test refund order",
            "1b0d3f82bc64cda12af250a284e72895b965ad745fef5a5b4f2b0ab50142e008"
            "9598fd9fd28e73d1c4ede96932996c3b08b4e9ab8a02fa5e88ecc555afba9a33",
        ),
    ],
)
def test_signs_calls_as_the_known_ones_are(text, signature):
    assert sign(text, "test_secret", "sha512") == signature


def started() -> Payment:
    return start_payment(place_online(payment_method="VNPAY"))


def ipn(payment: Payment, secret: str = VNPAY_SECRET, **changes: str) -> dict[str, str]:
    """Return what VNPay sends when the buyer has paid, signed."""
    params = {
        "vnp_Amount": str(payment.amount * 100),
        "vnp_BankCode": "NCB",
        "vnp_OrderInfo": "Payment",
        "vnp_PayDate": "20261121091806",
        "vnp_ResponseCode": "00",
        "vnp_TmnCode": "TESTCODE",
        "vnp_TransactionNo": payment.reference[:8],
        "vnp_TransactionStatus": "00",
        "vnp_TxnRef": payment.reference,
        **changes,
    }
    return {**params, "vnp_SecureHash": sign(signing_text(params), secret, "sha512")}


def send(params: dict[str, str] | str) -> str:
    query = params if isinstance(params, str) else urlencode(params)
    response = APIClient().get(f"/api/v1/webhooks/vnpay?{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    return json.loads(response.content)["RspCode"]


def test_address_carries_a_hundredfold_amount_and_closes_before_the_hold(vnpay_server):
    charge = Charge(
        reference="R1",
        amount=199_000,
        currency="VND",
        description="Payment R1",
        created_at=datetime(2026, 11, 21, 2, 0, tzinfo=UTC),
        expires_at=datetime(2026, 11, 21, 2, 15, tzinfo=UTC),
    )

    url = urlsplit(VNPay().start(charge).redirect_url)

    params = dict(parse_qsl(url.query))
    signature = params.pop("vnp_SecureHash")
    assert sign(signing_text(params), VNPAY_SECRET, "sha512") == signature
    assert params["vnp_Amount"] == "19900000"
    assert params["vnp_CreateDate"] == "20261121090000"
    assert params["vnp_ExpireDate"] == "20261121091400"
    assert params["vnp_TxnRef"] == "R1"


def test_report_of_a_payment_places_the_order(vnpay_server):
    payment = started()
    assert payment.status == "requires_action"

    assert send(ipn(payment)) == "00"
    assert send(ipn(payment)) == "02"

    assert Order.objects.get().status == "placed"
    assert PaymentEvent.objects.get().outcome == "applied"


def test_signed_failure_is_confirmed_and_leaves_the_order_unpaid(vnpay_server):
    payment = started()

    answer = send(ipn(payment, vnp_ResponseCode="24", vnp_TransactionStatus="02"))

    assert answer == "00"
    payment.refresh_from_db()
    assert (payment.status, payment.failure_code) == ("failed", "24")
    assert Order.objects.get().status == "pending_payment"


def test_suspicious_payment_waits_for_staff(vnpay_server):
    payment = started()

    assert send(ipn(payment, vnp_ResponseCode="07", vnp_TransactionStatus="07")) == "00"

    assert Order.objects.get().status == "pending_payment"
    assert ReconciliationTask.objects.get().kind == "suspicious"


FORGERIES = {
    "no signature": lambda p: {**p, "vnp_SecureHash": ""},
    "missing signature": lambda p: {k: v for k, v in p.items() if k != "vnp_SecureHash"},
    "truncated": lambda p: {**p, "vnp_SecureHash": p["vnp_SecureHash"][:-1]},
    "one character off": lambda p: (
        {**p, "vnp_SecureHash": "0" + p["vnp_SecureHash"][1:] + ""}
        if p["vnp_SecureHash"][0] != "0"
        else {**p, "vnp_SecureHash": "1" + p["vnp_SecureHash"][1:]}
    ),
    "upper case": lambda p: {**p, "vnp_SecureHash": p["vnp_SecureHash"].upper()},
    "not hex": lambda p: {**p, "vnp_SecureHash": "x" * 128},
    "not ascii": lambda p: {**p, "vnp_SecureHash": "đ" * 128},
    "amount raised": lambda p: {**p, "vnp_Amount": p["vnp_Amount"] + "0"},
    "another payment": lambda p: {**p, "vnp_TxnRef": "0" * 32},
    "another merchant": lambda p: {**p, "vnp_TmnCode": "OTHER"},
    "code flipped": lambda p: {**p, "vnp_ResponseCode": "24"},
    "status flipped": lambda p: {**p, "vnp_TransactionStatus": "02"},
    "extra parameter": lambda p: {**p, "vnp_Extra": "1"},
    "dropped parameter": lambda p: {k: v for k, v in p.items() if k != "vnp_BankCode"},
    "number changed": lambda p: {**p, "vnp_TransactionNo": "1"},
    "date changed": lambda p: {**p, "vnp_PayDate": "20200101000000"},
    "sha256": lambda p: {
        **p,
        "vnp_SecureHash": sign(
            signing_text({k: v for k, v in p.items() if k != "vnp_SecureHash"}),
            VNPAY_SECRET,
            "sha256",
        ),
    },
    "empty": lambda p: {},
    "only a signature": lambda p: {"vnp_SecureHash": p["vnp_SecureHash"]},
    "signature of nothing": lambda p: {**p, "vnp_SecureHash": sign("", VNPAY_SECRET, "sha512")},
    "raw text signed": lambda p: {
        **p,
        "vnp_SecureHash": sign(
            "&".join(f"{k}={v}" for k, v in sorted(p.items()) if k != "vnp_SecureHash") + " ",
            VNPAY_SECRET,
            "sha512",
        ),
    },
    "very long": lambda p: {**p, "vnp_OrderInfo": "x" * 4000},
}


def test_forged_report_is_refused(vnpay_server):
    payment = started()

    for name, forgery in FORGERIES.items():
        assert send(forgery(ipn(payment))) == "97", name

        assert Order.objects.get().status == "pending_payment", name
        assert not PaymentEvent.objects.exists(), name


def test_parameter_that_stands_there_twice_is_refused(vnpay_server):
    payment = started()
    query = urlencode(ipn(payment))

    assert send(f"{query}&vnp_Amount=100") == "97"
    assert send(f"vnp_Amount=100&{query}") == "97"
    assert Order.objects.get().status == "pending_payment"


@pytest.mark.parametrize(
    ("changes", "secret", "code"),
    [
        ({"vnp_Amount": "100"}, VNPAY_SECRET, "04"),
        ({"vnp_Amount": "0"}, VNPAY_SECRET, "04"),
        ({"vnp_CurrCode": "USD"}, VNPAY_SECRET, "04"),
        ({"vnp_TxnRef": "f" * 32}, VNPAY_SECRET, "01"),
        ({"vnp_TxnRef": "nonsense"}, VNPAY_SECRET, "01"),
        ({"vnp_TxnRef": ""}, VNPAY_SECRET, "01"),
        ({"vnp_TmnCode": "OTHER"}, VNPAY_SECRET, "97"),
        ({"vnp_TmnCode": ""}, VNPAY_SECRET, "97"),
        ({}, "another secret", "97"),
        ({"vnp_Amount": "12.5"}, VNPAY_SECRET, "97"),
        ({"vnp_Amount": "-100"}, VNPAY_SECRET, "97"),
        ({"vnp_Amount": "１００"}, VNPAY_SECRET, "97"),
    ],
)
def test_signed_report_that_does_not_fit_has_no_effect(vnpay_server, changes, secret, code):
    payment = started()

    assert send(ipn(payment, secret, **changes)) == code

    payment.refresh_from_db()
    assert payment.status == "requires_action"
    assert Order.objects.get().status == "pending_payment"


def test_amount_with_a_fraction_of_a_dong_is_another_amount(vnpay_server):
    payment = started()

    assert send(ipn(payment, vnp_Amount=str(payment.amount * 100 + 1))) == "04"


def test_secret_can_be_replaced_while_messages_with_the_old_one_arrive(vnpay_server, settings):
    payment = started()
    settings.VNPAY_HASH_SECRET = f"new-secret, {VNPAY_SECRET}"

    assert send(ipn(payment)) == "00"


@pytest.mark.django_db(transaction=True)
def test_report_hundred_times_at_once_has_one_effect(vnpay_server):
    payment = started()
    params = ipn(payment)

    answers = run_in_parallel(lambda: send(params), times=100)

    assert Counter(answers) == {"00": 1, "02": 99}
    assert PaymentEvent.objects.count() == 1
    assert Order.objects.get().events.filter(to_status="placed").count() == 1


def test_browser_that_comes_back_changes_nothing(vnpay_server, settings):
    payment = started()
    query = urlencode(ipn(payment))

    response = APIClient().get(f"/api/v1/payments/return/vnpay?{query}")

    assert response.status_code == 302
    assert response["Location"] == (
        f"{settings.SHOP_FRONT_URL}/payment?payment_id={payment.pk}&status=requires_action"
    )
    payment.refresh_from_db()
    assert payment.status == "requires_action"


@pytest.mark.parametrize("query", ["", "vnp_TxnRef=1", "next=//evil.test", "x=%0d%0aA:b"])
def test_forged_return_tells_nothing(vnpay_server, settings, query):
    response = APIClient().get(f"/api/v1/payments/return/vnpay?{query}")

    assert response["Location"] == f"{settings.SHOP_FRONT_URL}/payment?status=unknown"


@pytest.mark.django_db(transaction=True)
def test_query_heals_a_payment_whose_report_was_lost(vnpay_server):
    payment = started()
    vnpay_server.take(payment.reference, payment.amount)

    assert reconcile_payment(payment.pk) is True

    payment.refresh_from_db()
    assert payment.status == "captured"
    assert payment.provider_reference == "4088878653"
    assert reconcile_payment(payment.pk) is False


def test_page_that_nobody_has_opened_is_no_task_for_staff(vnpay_server):
    payment = started()

    assert reconcile_payment(payment.pk) is False

    payment.refresh_from_db()
    assert payment.status == "requires_action"
    assert not ReconciliationTask.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_refund_is_sent_once_although_the_answer_was_lost(vnpay_server, settings):
    payment = started()
    vnpay_server.take(payment.reference, payment.amount)
    reconcile_payment(payment.pk)
    vnpay_server.lose_answers = 1
    order = Order.objects.get()
    refund = request_refund(
        order.pk, Wanted(amount=1_000), kind="goodwill", source="test", actor=None
    )

    drain_outbox()
    refund.refresh_from_db()
    assert refund.status == "pending"
    Refund.objects.update(next_try_at="2026-01-01T00:00:00Z")
    send_refunds()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert vnpay_server.refunds == {refund.pk.hex: {"of": payment.reference, "amount": 1_000}}
    sent = [call for call in vnpay_server.calls if call["vnp_Command"] == "refund"]
    assert [call["vnp_Amount"] for call in sent] == ["100000", "100000"]
    assert {call["vnp_TransactionType"] for call in sent} == {"03"}


def _refund(order, source, amount):
    wanted = Wanted(amount=amount)
    return request_refund(order.pk, wanted, kind="goodwill", source=source, actor=None)


def _send_again(**changes):
    Refund.objects.filter(status="pending").update(next_try_at="2026-01-01T00:00:00Z", **changes)
    send_refunds()


@pytest.fixture
def paid_order(vnpay_server):
    payment = started()
    vnpay_server.take(payment.reference, payment.amount)
    reconcile_payment(payment.pk)
    return Order.objects.get()


@pytest.mark.django_db(transaction=True)
def test_refund_waits_while_vnpay_is_at_another_one_of_its_payment(vnpay_server, paid_order):
    reference = Payment.objects.get().reference
    first = _refund(paid_order, "first", 1_000)
    drain_outbox()
    vnpay_server.at_work.add(reference)
    second = _refund(paid_order, "second", 500)
    drain_outbox()

    second.refresh_from_db()
    assert (second.status, second.in_doubt_since) == ("pending", None)
    assert second.last_error == "VNPay is still at another refund of this payment."
    vnpay_server.at_work.clear()
    _send_again()

    second.refresh_from_db()
    assert second.status == "succeeded"
    assert vnpay_server.refunds == {
        first.pk.hex: {"of": reference, "amount": 1_000},
        second.pk.hex: {"of": reference, "amount": 500},
    }


@pytest.mark.django_db(transaction=True)
def test_lost_answer_beside_another_refund_is_not_taken_for_done(vnpay_server, paid_order):
    _refund(paid_order, "first", 1_000)
    drain_outbox()
    vnpay_server.lose_answers = 1
    vnpay_server.at_work.add(Payment.objects.get().reference)
    second = _refund(paid_order, "second", 500)
    drain_outbox()
    _send_again()

    second.refresh_from_db()
    assert second.status == "pending"
    assert "merchant portal" in second.last_error
    assert [row["amount"] for row in vnpay_server.refunds.values()] == [1_000]


@pytest.mark.django_db(transaction=True)
def test_lost_answer_of_another_day_is_not_asked_for_a_second_refund(vnpay_server, paid_order):
    vnpay_server.lose_answers = 1
    refund = _refund(paid_order, "test", 1_000)
    drain_outbox()
    _send_again(in_doubt_since=timezone.now() - timedelta(days=1))

    refund.refresh_from_db()
    assert refund.status == "pending"
    assert "merchant portal" in refund.last_error
    assert sum(call["vnp_Command"] == "refund" for call in vnpay_server.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_refused_refund_that_is_tried_again_is_a_new_one_to_the_provider(vnpay_server):
    payment = started()
    vnpay_server.take(payment.reference, payment.amount)
    reconcile_payment(payment.pk)
    charge = vnpay_server.charges[payment.reference]
    charge["state"] = "failed"
    refund = request_refund(
        Order.objects.get().pk, Wanted(), kind="goodwill", source="test", actor=None
    )
    drain_outbox()
    refund.refresh_from_db()
    assert refund.status == "failed"
    charge["state"] = "paid"

    retry_refund(refund.pk)
    drain_outbox()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert [row["amount"] for row in vnpay_server.refunds.values()] == [payment.amount]


def test_method_without_its_settings_is_off_and_says_so(settings):
    settings.VNPAY_TMN_CODE = ""
    payment = place_online()

    assert VNPay().missing_settings == ["VNPAY_TMN_CODE", "VNPAY_HASH_SECRET"]
    with pytest.raises(Exception, match="Not available here"):
        pay_checkout(payment.checkout_id, method="VNPAY")
    assert APIClient().get("/api/v1/webhooks/vnpay").status_code == 404
    assert VNPay().answer(None).body == json.dumps(
        {"RspCode": "97", "Message": "Invalid signature"}
    )
    assert Message().body == b""
