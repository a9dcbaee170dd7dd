"""One-time codes: sent, entered, limited."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.constants import CodePurpose
from accounts.models import OneTimeCode, Session
from accounts.tests.api.bodies import AUTH, registration
from accounts.tests.factories import UserFactory
from marketplace.common import messaging
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db


def test_the_code_is_nowhere_stored(api, last_code):
    api.post(f"{AUTH}/register", registration())
    digits = last_code("+84912345678")

    event = OutboxEvent.objects.get(topic="accounts.code_issued")
    code = OneTimeCode.objects.get()

    assert event.payload == {"code_id": str(code.pk)}
    assert digits not in {str(value) for value in vars(code).values()}


def test_verify_signs_in_and_the_code_is_spent(api, last_code):
    api.post(f"{AUTH}/register", registration())
    body = {"phone_number": "+84912345678", "code": last_code("+84912345678")}

    first = api.post(f"{AUTH}/verify-otp", body)
    second = api.post(f"{AUTH}/verify-otp", body)

    assert first.status_code == 200
    assert set(first.json()) == {"access", "refresh", "user"}
    assert first.json()["user"]["is_phone_verified"] is True
    profile = api.get(
        "/api/v1/profile", headers={"Authorization": f"Bearer {first.json()['access']}"}
    )
    assert profile.status_code == 200
    assert second.status_code == 400
    assert second.json()["error"]["code"] == "invalid_code"
    assert OutboxEvent.objects.filter(topic="accounts.user_verified").count() == 1


def test_verify_answers_the_same_for_wrong_unknown_and_expired(api, last_code):
    api.post(f"{AUTH}/register", registration())
    right = last_code("+84912345678")
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    answers = [
        api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": wrong}),
        api.post(f"{AUTH}/verify-otp", {"phone_number": "0987654321", "code": wrong}),
    ]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301)):
        answers.append(
            api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": right})
        )

    bodies = [{**a.json()["error"], "request_id": ""} for a in answers]
    assert [a.status_code for a in answers] == [400, 400, 400]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["details"][0]["field"] == "code"
    assert not Session.objects.exists()


def test_verify_allows_five_tries_and_not_the_right_one_after_them(api, last_code):
    api.post(f"{AUTH}/register", registration())
    right = last_code("+84912345678")
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    for _ in range(5):
        api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": wrong})
    response = api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": right})

    assert response.status_code == 400
    assert OneTimeCode.objects.get().attempts == 5


@pytest.mark.parametrize(
    "code", ["12345", "1234567", "12345a", "１２３４５６", 123456, None, [], ""]
)
def test_verify_with_what_is_no_code_is_refused(api, code):
    response = api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": code})

    assert response.status_code == 400
    assert [row["field"] for row in response.json()["error"]["details"]] == ["code"]


def test_a_code_opens_only_what_it_was_sent_for(api, user, last_code):
    api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    code = last_code(user.phone_number)

    verify = api.post(f"{AUTH}/verify-otp", {"phone_number": user.phone_number, "code": code})
    other = UserFactory()
    reset = api.post(
        f"{AUTH}/reset-password",
        {"phone_number": other.phone_number, "code": code, "new_password": "a-new-secret-9"},
    )

    assert (verify.status_code, reset.status_code) == (400, 400)


def test_resend_always_answers_the_same(api, user):
    api.post(f"{AUTH}/register", registration(phone_number="0987654321"))
    answers = [
        api.post(f"{AUTH}/resend-otp", {"phone_number": number})
        for number in ("0987654321", user.phone_number, "0900000001")
    ]

    assert [(a.status_code, a.content) for a in answers] == [(202, b"")] * 3


def test_sends_to_one_destination_are_limited_to_three_in_a_quarter_of_an_hour(api):
    start = datetime.now(UTC) - timedelta(days=3)
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(10):
            response = api.post(f"{AUTH}/register", registration())
            assert response.status_code == 201
            drain_outbox()
            clock.shift(timedelta(seconds=30))
            response = api.post(f"{AUTH}/resend-otp", {"phone_number": "0912345678"})
            assert response.status_code == 202
            clock.shift(timedelta(seconds=30))
            drain_outbox()
        in_a_quarter = len(messaging.sent_sms)
        for _ in range(100):
            clock.shift(timedelta(minutes=10))
            api.post(f"{AUTH}/resend-otp", {"phone_number": "0912345678"})
            drain_outbox()

    assert in_a_quarter == 3
    assert len(messaging.sent_sms) == 10


def test_requests_for_codes_are_limited_per_address_whatever_is_forwarded(api, settings):
    settings.CODE_REQUESTS_PER_ADDRESS = 3

    statuses = [
        api.post(
            f"{AUTH}/forgot-password",
            {"phone_number": f"091234567{n}"},
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
        for n in range(5)
    ]

    assert [s.status_code for s in statuses] == [202, 202, 202, 429, 429]
    assert int(statuses[-1].headers["Retry-After"]) > 0
    assert statuses[-1].json()["error"]["code"] == "throttled"


def test_codes_of_one_purpose_do_not_live_side_by_side(api, user):
    start = datetime.now(UTC)
    for minutes in (0, 1, 2):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})

    codes = OneTimeCode.objects.filter(user=user, purpose=CodePurpose.RESET_PASSWORD)
    assert codes.count() == 3
    assert codes.filter(used_at=None).count() == 1
