"""The carriers' clients, against servers that speak as the carriers do."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from marketplace.common.errors import InvalidInput
from marketplace.common.webhooks import MalformedMessage, Message, SignatureInvalid
from shops.shipping.carriers.base import Content, FeeRequest, ParcelOrder, Place
from shops.shipping.carriers.ghtk import GHTK
from shops.shipping.carriers.registry import (
    available_carriers,
    client_for,
    missing_settings,
    priced_carriers,
)
from shops.shipping.constants import Carrier, ParcelStatus
from shops.shipping.errors import CarrierRefused, CarrierUnavailable, NotServed
from shops.shipping.tests.carriers import GHTK_SECRET, PDF, VTP_SECRET, ghtk_on, viettel_post_on

HANOI = Place("Kho", "+84987654321", "1 Tràng Tiền", "Tràng Tiền", "Hoàn Kiếm", "Hà Nội")
SAIGON = Place("An", "+84912345678", "2 Lê Lợi", "Bến Nghé", "Quận 1", "Hồ Chí Minh")
FEE = FeeRequest("", HANOI, SAIGON, weight_grams=1_500, value_amount=200_000)
ORDER = ParcelOrder(
    "ORD-20261121-ABCDEF-1",
    "",
    HANOI,
    SAIGON,
    1_500,
    200_000,
    230_000,
    [Content("Áo thun", "AO-1", 3, 500)],
    "Gọi trước",
)
ON = {Carrier.GHTK: ghtk_on, Carrier.VIETTEL_POST: viettel_post_on}
FAULTS = ["drop", "500", "html", "list", "huge", "redirect"]


@pytest.fixture(params=ON)
def carrier(request, settings):
    """A client and the books of its carrier."""
    with ON[request.param](settings) as books:
        yield client_for(request.param), books


def test_carriers_without_credentials_are_off_and_say_what_is_missing(settings):
    assert available_carriers() == ["MANUAL"]
    assert priced_carriers() == frozenset()
    assert missing_settings("GHTK") == ["GHTK_TOKEN", "GHTK_WEBHOOK_SECRET"]
    assert missing_settings("VIETTEL_POST") == [
        "VIETTEL_POST_TOKEN",
        "VIETTEL_POST_WEBHOOK_SECRET",
    ]
    with pytest.raises(InvalidInput) as caught:
        client_for("GHTK")
    assert caught.value.details[0]["message"] == "Not available here. Choose: MANUAL."
    settings.GHTK_TOKEN, settings.GHTK_WEBHOOK_SECRET = "t", "s"
    settings.MARKETPLACE_CURRENCY = "USD"
    assert missing_settings("GHTK") == ["MARKETPLACE_CURRENCY=VND"]


def test_fee_is_asked_for_in_grams(settings):
    with ghtk_on(settings) as books:
        fee = client_for("GHTK").fee(FEE, timeout_seconds=5)
        assert (fee.amount, fee.max_days) == (22_000, None)
        assert books.calls[0][1]["weight"] == "1500"
        assert books.calls[0][1]["pick_province"] == "Hà Nội"
    with viettel_post_on(settings) as books:
        fee = client_for("VIETTEL_POST").fee(FEE, timeout_seconds=5)
        assert (fee.amount, fee.max_days) == (22_000, 2)
        body = books.calls[0][1]
        assert (body["PRODUCT_WEIGHT"], body["ORDER_SERVICE"]) == (1_500, "VCN")
        assert body["SENDER_ADDRESS"] == "1 Tràng Tiền, Tràng Tiền, Hoàn Kiếm, Hà Nội"


def test_carrier_that_does_not_go_there_says_so(settings):
    with ghtk_on(settings) as books:
        books.goes_there = False
        with pytest.raises(NotServed):
            client_for("GHTK").fee(FEE, timeout_seconds=5)


def test_parcel_is_booked_once_per_reference(carrier):
    client, books = carrier

    first, again = client.create(ORDER), client.create(ORDER)

    assert first == again
    assert len(books.parcels) == 1
    assert first.fee_amount == 22_000
    assert client.track(ORDER.reference, "").tracking_number == first.tracking_number
    other = client.create(replace(ORDER, reference="ORD-20261121-ABCDEF-2"))
    assert other.tracking_number != first.tracking_number


def test_parcel_that_exists_with_another_amount_to_collect_is_refused(carrier):
    client, _ = carrier
    client.create(ORDER)

    with pytest.raises(CarrierRefused, match="collect"):
        client.create(replace(ORDER, cod_amount=1))


def test_orders_have_the_documented_form(settings):
    with ghtk_on(settings) as books:
        client_for("GHTK").create(ORDER)
        path, sent = books.calls[0]
        assert path == "/services/shipment/order/"
        assert sent["products"] == [
            {"name": "Áo thun", "weight": 0.5, "quantity": 3, "product_code": "AO-1"}
        ]
        assert sent["order"]["id"] == ORDER.reference
        assert (sent["order"]["pick_money"], sent["order"]["is_freeship"]) == (230_000, 1)
        assert sent["order"]["hamlet"] == "Khác"
        client_for("GHTK").create(replace(ORDER, reference="R2", weight_grams=2_000))
        assert books.calls[1][1]["products"] == [
            {"name": "3 × Áo thun", "weight": 2.0, "quantity": 1}
        ]
    with viettel_post_on(settings) as books:
        client_for("VIETTEL_POST").create(ORDER)
        client_for("VIETTEL_POST").create(replace(ORDER, reference="R2", cod_amount=0))
        payments = [(body["ORDER_PAYMENT"], body["MONEY_COLLECTION"]) for _, body in books.calls]
        # 3 collects the goods' money, which holds the shipping; 2 would collect shipping twice.
        assert payments == [(3, 230_000), (1, 0)]


def test_cancelling_twice_is_cancelling_once_and_too_late_is_refused(carrier):
    client, books = carrier
    booked = client.create(ORDER)

    client.cancel(ORDER.reference, booked.tracking_number)
    client.cancel(ORDER.reference, booked.tracking_number)

    assert client.track(ORDER.reference, booked.tracking_number).status == ParcelStatus.CANCELLED
    client.cancel("ORD-NEVER-BOOKED-1", "")
    gone = client.create(replace(ORDER, reference="R2"))
    books.parcels["R2"]["status"] = 5 if isinstance(client, GHTK) else 501
    with pytest.raises(CarrierRefused):
        client.cancel("R2", gone.tracking_number)


def test_label_is_the_carriers_pdf(carrier):
    client, _ = carrier

    assert client.label(client.create(ORDER).tracking_number) == PDF


@pytest.mark.parametrize("fault", FAULTS)
def test_answer_that_is_none_is_to_be_tried_again(carrier, fault):
    client, books = carrier
    books.fault = (fault, "")

    for call in (
        lambda: client.create(ORDER),
        lambda: client.fee(FEE, timeout_seconds=5),
        lambda: client.track(ORDER.reference, ""),
        lambda: client.cancel(ORDER.reference, "X1"),
    ):
        with pytest.raises(CarrierUnavailable):
            call()


@pytest.mark.parametrize("fee", [-1, 1.5, "<b>1</b>", None, True, 10**12, "1e3", [], "NaN"])
def test_fee_that_makes_no_sense_is_not_believed(carrier, fee):
    client, books = carrier
    books.fee = fee

    with pytest.raises(CarrierUnavailable):
        client.fee(FEE, timeout_seconds=5)
    with pytest.raises(CarrierUnavailable):
        client.create(ORDER)


def test_refusal_with_http_200_is_a_refusal(carrier):
    client, books = carrier
    books.fault = ("refused", "")

    with pytest.raises(CarrierRefused, match="No <b>"):
        client.create(ORDER)
    with pytest.raises(CarrierRefused):
        client.fee(FEE, timeout_seconds=5)


FORM = (
    "label_id=S1.A1.17373471&partner_id=ORD-1-1&status_id=5&reason_code=&reason="
    "&weight=2.4&fee=15000&pick_money=230000&return_part_package=0&action_time="
)


def ghtk_message(body: str, secret: str = GHTK_SECRET) -> Message:
    return Message(body.encode(), query=f"hash={secret}")


@pytest.mark.parametrize(
    "time",
    ["2016-11-02T12:18:39+07:00", "2016-11-02T12%3A18%3A39%2B07%3A00", "2016-11-02T05:18:39Z"],
)
def test_ghtk_message_is_read_also_with_a_bare_plus(settings, time):
    with ghtk_on(settings):
        report = client_for("GHTK").parse_webhook(ghtk_message(FORM + time))

    assert report.happened_at == datetime(2016, 11, 2, 5, 18, 39, tzinfo=UTC)
    assert (report.tracking_number, report.reference) == ("S1.A1.17373471", "ORD-1-1")
    assert (report.status, report.cod_amount) == (ParcelStatus.DELIVERED, 230_000)
    assert report.needs_confirmation
    assert report.key == "S1.A1.17373471|5|2016-11-02T05:18:39+00:00"


def test_ghtk_message_in_json_is_the_same_message(settings):
    fields = {
        "label_id": "S1.A1.17373471",
        "partner_id": "ORD-1-1",
        "status_id": 9,
        "action_time": "2016-11-02T12:18:39+07:00",
    }
    with ghtk_on(settings):
        report = client_for("GHTK").parse_webhook(ghtk_message(json.dumps(fields)))

    assert (report.status, report.code) == (ParcelStatus.FAILED, "9")
    assert not report.needs_confirmation


@pytest.mark.parametrize("secret", ["", "x", GHTK_SECRET[:-1], f"{GHTK_SECRET}x", "%FF"])
def test_ghtk_message_without_the_secret_is_refused(settings, secret):
    with ghtk_on(settings):
        with pytest.raises(SignatureInvalid):
            client_for("GHTK").parse_webhook(ghtk_message(FORM, secret))
        with pytest.raises(SignatureInvalid):
            client_for("GHTK").parse_webhook(
                Message(FORM.encode(), query=f"hash={GHTK_SECRET}&hash=x")
            )


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "\x00", "status_id=5", '{"status_id": "\\ud800"}', FORM, FORM + "yesterday",
     FORM.replace("=5&", "=five&") + "2016-11-02T05:18:39Z", "a=b&" * 500,
     FORM.replace("S1.A1.17373471", "<script>") + "2016-11-02T05:18:39Z",
     FORM.replace("230000", "-1") + "2016-11-02T05:18:39Z", '{"a":' * 5000,
     FORM + "0001-01-01T00:00:00%2B07:00"],
)  # fmt: skip
def test_ghtk_message_of_another_form_is_malformed(settings, body):
    with ghtk_on(settings), pytest.raises(MalformedMessage):
        client_for("GHTK").parse_webhook(ghtk_message(body))


DATA = {
    "ORDER_NUMBER": "12345",
    "ORDER_REFERENCE": "ORD-1-1",
    "ORDER_STATUSDATE": "22/10/2026 19:05:07",
    "ORDER_STATUS": 501,
    "STATUS_NAME": "Giao thành công",
    "MONEY_COLLECTION": 230000.0,
}


def vtp_message(data=None, *, token=VTP_SECRET, header="", **body) -> Message:
    content = {"DATA": DATA if data is None else data, "TOKEN": token, **body}
    return Message(json.dumps(content).encode(), headers={"Authorization": header})


def test_viettel_posts_time_is_vietnams_and_its_secret_is_not_kept(settings):
    with viettel_post_on(settings):
        report = client_for("VIETTEL_POST").parse_webhook(vtp_message())

    assert report.happened_at == datetime(2026, 10, 22, 12, 5, 7, tzinfo=UTC)
    assert (report.status, report.cod_amount) == (ParcelStatus.DELIVERED, 230_000)
    assert report.note == "Giao thành công"
    assert VTP_SECRET not in report.payload


@pytest.mark.parametrize(
    ("token", "header", "is_taken"),
    [
        (VTP_SECRET, "", True),
        ("", VTP_SECRET, True),
        (None, f"Bearer {VTP_SECRET}", True),
        ("", "", False),
        ("x", "y", False),
        (f"{VTP_SECRET}x", "", False),
        ([VTP_SECRET], "", False),
        ("\ud800", "", False),
    ],
)
def test_viettel_posts_secret_may_stand_in_the_body_or_the_header(
    settings, token, header, is_taken
):
    message = vtp_message(token=token, header=header)
    with viettel_post_on(settings):
        if is_taken:
            assert client_for("VIETTEL_POST").parse_webhook(message).code == "501"
        else:
            with pytest.raises(SignatureInvalid):
                client_for("VIETTEL_POST").parse_webhook(message)


@pytest.mark.parametrize(
    "change",
    [
        {"ORDER_STATUS": "x"},
        {"ORDER_STATUS": None},
        {"ORDER_NUMBER": ""},
        {"ORDER_STATUSDATE": "31/02/2026 10:00:00"},
        {"ORDER_STATUSDATE": 5},
        {"MONEY_COLLECTION": -1},
        {"MONEY_COLLECTION": 10**15},
    ],
)
def test_viettel_posts_message_of_another_form_is_malformed(settings, change):
    with viettel_post_on(settings), pytest.raises(MalformedMessage):
        client_for("VIETTEL_POST").parse_webhook(vtp_message({**DATA, **change}))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"\xff", b'{"TOKEN": 1}', b"[" * 9_000])
def test_what_is_no_message_is_refused(settings, body):
    with viettel_post_on(settings), pytest.raises(SignatureInvalid):
        client_for("VIETTEL_POST").parse_webhook(Message(body))


def test_secret_can_be_replaced_while_both_are_valid(settings):
    with ghtk_on(settings):
        settings.GHTK_WEBHOOK_SECRET = f"the-next-one,{GHTK_SECRET}"
        for secret in ("the-next-one", GHTK_SECRET):
            body = FORM + "2016-11-02T05:18:39Z"
            assert client_for("GHTK").parse_webhook(ghtk_message(body, secret)).code == "5"


def test_unknown_status_is_known_to_be_unknown(settings):
    with viettel_post_on(settings):
        report = client_for("VIETTEL_POST").parse_webhook(
            vtp_message({**DATA, "ORDER_STATUS": 551})
        )

    assert report.is_unknown
    assert report.status is None
