"""Register, verify, sign in, stay in, sign out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import identify_hasher
from django.core import mail

from accounts import hooks
from accounts.constants import CodePurpose
from accounts.events import IdentifierTaken, PasswordChanged
from accounts.models import OneTimeCode, Session, User
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common import messaging
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db

AUTH = "/api/v1/auth"
USER_FIELDS = {
    "id",
    "phone_number",
    "email",
    "full_name",
    "avatar_url",
    "is_phone_verified",
    "is_email_verified",
    "roles",
    "created_at",
}


def registration(**changes):
    return {
        "phone_number": "0912345678",
        "password": PASSWORD,
        "full_name": "Trần Thị Lan",
        **changes,
    }


def shape(value):
    """The structure of a body: its keys and types, and no values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return type(value).__name__


def test_register_makes_an_unverified_account_and_sends_a_code(api, last_code):
    response = api.post(f"{AUTH}/register", registration())

    body = response.json()
    assert response.status_code == 201
    assert set(body["user"]) == USER_FIELDS
    assert body["user"] | {"id": "", "created_at": ""} == {
        "id": "",
        "phone_number": "+84912345678",
        "email": None,
        "full_name": "Trần Thị Lan",
        "avatar_url": None,
        "is_phone_verified": False,
        "is_email_verified": False,
        "roles": ["buyer"],
        "created_at": "",
    }
    assert body["verification"] == {
        "channel": "sms",
        "destination": "+84******678",
        "expires_in": 300,
    }
    user = User.objects.get()
    assert str(user.pk) == body["user"]["id"]
    assert not user.is_verified
    assert len(last_code("+84912345678")) == 6


def test_register_by_email_alone_sends_mail(api, last_code):
    response = api.post(
        f"{AUTH}/register",
        {"email": " Lan@Example.TEST ", "password": PASSWORD, "full_name": "Lan"},
        headers={"Accept-Language": "en-GB"},
    )

    assert response.status_code == 201
    assert response.json()["verification"]["destination"] == "l***@example.test"
    assert User.objects.get().email == "lan@example.test"
    assert last_code("lan@example.test") in mail.outbox[0].body
    assert mail.outbox[0].subject == "Confirm your account"
    assert "5 minutes" in mail.outbox[0].body


def test_the_code_is_nowhere_stored(api, last_code):
    api.post(f"{AUTH}/register", registration())
    digits = last_code("+84912345678")

    event = OutboxEvent.objects.get(topic="accounts.code_issued")
    code = OneTimeCode.objects.get()

    assert event.payload == {"code_id": str(code.pk)}
    assert digits not in {str(value) for value in vars(code).values()}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone_number": "12"}, "phone_number"),
        ({"phone_number": 912345678}, "phone_number"),
        ({"phone_number": None}, "phone_number"),
        ({"phone_number": "0912345678\u0000"}, None),
        ({"email": "not-mail"}, "email"),
        ({"email": "a@b.test\r\nBcc: x@y.test"}, "email"),
        ({"email": f"{'a' * 250}@example.test"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "12345678901"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": 1234567890}, "password"),
        ({"password": ["a"]}, "password"),
        ({"full_name": ""}, "full_name"),
        ({"full_name": "x" * 151}, "full_name"),
        ({"full_name": {"a": 1}}, "full_name"),
        ({"language": "xx"}, "language"),
    ],
)
def test_register_with_wrong_input_is_refused_and_changes_nothing(api, changes, field):
    response = api.post(f"{AUTH}/register", registration(**changes))

    error = response.json()["error"]
    assert response.status_code == 400
    assert error["code"] == ("validation_error" if field else "parse_error")
    assert [row["field"] for row in error["details"]] == ([field] if field else [])
    assert not User.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "1", "{"])
def test_register_with_a_body_that_is_no_object_is_refused(api, body):
    response = api.post(f"{AUTH}/register", body, content_type="application/json")

    assert response.status_code == 400


def test_register_cannot_set_what_is_not_theirs(api):
    api.post(
        f"{AUTH}/register",
        registration(is_staff=True, is_superuser=True, phone_verified_at="2026-01-01T00:00:00Z"),
    )

    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_verified) == (False, False, False)


def test_register_with_a_taken_number_answers_the_same_and_tells_its_owner(api, user):
    free = api.post(f"{AUTH}/register", registration(phone_number="0987654321"))
    before = User.objects.count()

    taken = api.post(f"{AUTH}/register", registration())

    assert (taken.status_code, free.status_code) == (201, 201)
    assert shape(taken.json()) == shape(free.json())
    masked = {"user": {"id": "", "created_at": "", "phone_number": ""}}
    assert {**taken.json()["user"], **masked["user"]} == {**free.json()["user"], **masked["user"]}
    assert set(taken.headers) == set(free.headers)
    assert User.objects.count() == before
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.full_name != "Trần Thị Lan"
    assert [event.payload for event in OutboxEvent.objects.filter(topic=IdentifierTaken.topic)] == [
        {"user_id": str(user.pk), "channel": "sms"}
    ]
    assert not OneTimeCode.objects.filter(user=user).exists()


def test_register_with_a_taken_second_identifier_leaves_it_to_its_owner(api, user):
    response = api.post(
        f"{AUTH}/register", registration(phone_number="0987654321", email=user.email)
    )
    # The owner never confirmed this address, so that it claims nothing.
    user.refresh_from_db()
    assert response.status_code == 201
    assert response.json()["user"]["email"] == "lan@example.test"
    assert user.email is None

    other = UserFactory(email="hoa@example.test", email_verified_at=datetime.now(UTC))
    response = api.post(
        f"{AUTH}/register", registration(phone_number="0987654322", email="hoa@example.test")
    )

    other.refresh_from_db()
    assert response.json()["user"]["email"] == "hoa@example.test"
    assert other.email == "hoa@example.test"
    assert User.objects.get(phone_number="+84987654322").email is None


def test_registering_again_before_verifying_with_another_password_makes_both_worthless(
    api, last_code
):
    """Else whoever enters the code may get an account that a stranger has the password of."""
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1)):
        api.post(f"{AUTH}/register", registration(password="victims-own-secret"))
    api.post(f"{AUTH}/register", registration(password="attackers-secret"))
    code = last_code("+84912345678")
    verified = api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": code})

    logins = [
        api.post(f"{AUTH}/login", {"phone_number": "0912345678", "password": password}).status_code
        for password in ("victims-own-secret", "attackers-secret")
    ]
    assert verified.status_code == 200
    assert logins == [401, 401]
    assert User.objects.count() == 1


def test_registering_again_with_the_same_password_sends_a_new_code_and_kills_the_old(
    api, last_code
):
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1)):
        api.post(f"{AUTH}/register", registration())
        old = last_code("+84912345678")
    api.post(f"{AUTH}/register", registration())
    new = last_code("+84912345678")
    first = api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": old})
    second = api.post(f"{AUTH}/verify-otp", {"phone_number": "0912345678", "code": new})

    assert old != new
    assert (first.status_code, second.status_code) == (400, 200)


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


def test_register_twice_at_once_sends_one_code(api):
    api.post(f"{AUTH}/register", registration())
    api.post(f"{AUTH}/register", registration())

    drain_outbox()
    assert len(messaging.sent_sms) == 1


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


@pytest.mark.parametrize(
    "identifier", [{"phone_number": "0912345678"}, {"email": "LAN@example.test"}]
)
def test_login_by_phone_or_email(api, user, identifier):
    response = api.post(f"{AUTH}/login", {**identifier, "password": PASSWORD})

    assert response.status_code == 200
    assert response.json()["user"]["id"] == str(user.pk)


def test_login_answers_the_same_for_a_wrong_password_and_an_unknown_user(api, user):
    wrong = api.post(f"{AUTH}/login", {"email": user.email, "password": "not-the-one-7"})
    unknown = api.post(f"{AUTH}/login", {"email": "no@example.test", "password": "not-the-one-7"})

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert {**wrong.json()["error"], "request_id": ""} == {
        **unknown.json()["error"],
        "request_id": "",
    }
    assert wrong.json()["error"]["code"] == "invalid_credentials"


def test_login_before_verification_is_refused_only_with_the_right_password(api):
    UserFactory(phone_number="+84912345678", phone_verified_at=None)
    body = {"phone_number": "0912345678", "password": PASSWORD}

    right = api.post(f"{AUTH}/login", body)
    wrong = api.post(f"{AUTH}/login", {**body, "password": "another-one-7"})

    assert (right.status_code, right.json()["error"]["code"]) == (403, "account_not_verified")
    assert wrong.status_code == 401


def test_login_of_a_suspended_account_is_refused_only_with_the_right_password(api, user):
    user.suspended_at = datetime.now(UTC)
    user.save(update_fields=["suspended_at"])

    right = api.post(f"{AUTH}/login", {"email": user.email, "password": PASSWORD})
    wrong = api.post(f"{AUTH}/login", {"email": user.email, "password": "another-one-7"})

    assert (right.status_code, right.json()["error"]["code"]) == (403, "account_suspended")
    assert wrong.status_code == 401
    assert not Session.objects.exists()


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_login_is_limited_per_account_and_address_whether_or_not_there_is_one(api, user, known):
    email = user.email if known else "nobody@example.test"
    wrong = {"email": email, "password": "not-the-one-7"}

    statuses = [api.post(f"{AUTH}/login", wrong).status_code for _ in range(12)]
    right = api.post(f"{AUTH}/login", {"email": email, "password": PASSWORD})
    elsewhere = api.post(
        f"{AUTH}/login", {"email": email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.9"
    )

    assert statuses == [401] * 10 + [429] * 2
    assert right.status_code == 429
    # Nobody can lock somebody else out.
    assert elsewhere.status_code == (200 if known else 401)


def test_right_passwords_are_not_counted(api, user):
    body = {"email": user.email, "password": PASSWORD}

    assert [api.post(f"{AUTH}/login", body).status_code for _ in range(15)] == [200] * 15


def test_login_is_limited_per_address_over_all_accounts(api, settings):
    settings.LOGIN_FAILURES_PER_ADDRESS = 4

    statuses = [
        api.post(f"{AUTH}/login", {"email": f"a{n}@example.test", "password": "x"}).status_code
        for n in range(6)
    ]

    assert statuses == [401] * 4 + [429] * 2


def test_sign_in_hooks_get_the_guests_cart_and_cannot_fail_the_sign_in(api, user, monkeypatch):
    seen = []

    def broken(user, token):
        raise RuntimeError("the cart is on fire")

    monkeypatch.setattr(
        hooks, "sign_in_hooks", [broken, lambda user, token: seen.append((user.pk, token))]
    )
    body = {"email": user.email, "password": PASSWORD}

    with_cart = api.post(f"{AUTH}/login", body, headers={"X-Cart-Token": "abc"})
    without = api.post(f"{AUTH}/login", body)

    assert (with_cart.status_code, without.status_code) == (200, 200)
    assert seen == [(user.pk, "abc"), (user.pk, None)]


def test_refresh_gives_a_new_pair_and_spends_the_old_token(api, user, sign_in):
    first = sign_in(user)

    second = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]})

    assert second.status_code == 200
    assert set(second.json()) == {"access", "refresh"}
    assert second.json()["refresh"] != first["refresh"]
    third = api.post(f"{AUTH}/refresh", {"refresh": second.json()["refresh"]})
    assert third.status_code == 200


def test_refresh_with_a_spent_token_ends_the_whole_family_and_warns(api, user, sign_in):
    first = sign_in(user)
    second = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]}).json()

    reused = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]})

    assert (reused.status_code, reused.json()["error"]["code"]) == (401, "token_not_valid")
    after = api.post(f"{AUTH}/refresh", {"refresh": second["refresh"]})
    profile = api.get("/api/v1/profile", headers={"Authorization": f"Bearer {second['access']}"})
    assert (after.status_code, profile.status_code) == (401, 401)
    assert OutboxEvent.objects.filter(topic="accounts.refresh_token_reused").count() == 1


def test_refresh_leaves_other_sign_ins_alone(api, user, sign_in):
    stolen, other = sign_in(user), sign_in(user)
    api.post(f"{AUTH}/refresh", {"refresh": stolen["refresh"]})
    api.post(f"{AUTH}/refresh", {"refresh": stolen["refresh"]})

    response = api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]})

    assert response.status_code == 200


@pytest.mark.parametrize("refresh", ["", "x", "a.b.c", None, 1, [], "x" * 5000])
def test_refresh_with_what_is_no_token_is_refused(api, refresh):
    response = api.post(f"{AUTH}/refresh", {"refresh": refresh})

    assert response.status_code in {400, 401}


def test_a_sign_in_ends_after_ninety_days_however_often_it_is_refreshed(api, user, sign_in):
    start = datetime.now(UTC)
    with time_machine.travel(start) as clock:
        refresh = sign_in(user)["refresh"]
        statuses = []
        for day in range(6, 100, 6):
            clock.move_to(start + timedelta(days=day, hours=1))
            response = api.post(f"{AUTH}/refresh", {"refresh": refresh})
            statuses.append(response.status_code)
            refresh = response.json().get("refresh", refresh)

    assert statuses == [200] * 14 + [401] * 2


def test_logout_ends_this_sign_in_at_once(api, user, sign_in):
    mine, other = sign_in(user), sign_in(user)

    response = api.post(f"{AUTH}/logout", {"refresh": mine["refresh"]})

    assert (response.status_code, response.content) == (204, b"")
    headers = {"Authorization": f"Bearer {mine['access']}"}
    assert api.get("/api/v1/profile", headers=headers).status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": mine["refresh"]}).status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]}).status_code == 200
    assert api.post(f"{AUTH}/logout", {"refresh": mine["refresh"]}).status_code == 204


def test_logout_all_ends_every_sign_in(api, user, bearer, sign_in, client):
    other = sign_in(user)
    client.force_login(user)
    session_hash = user.get_session_auth_hash()
    caller = bearer(user)

    response = caller.post(f"{AUTH}/logout-all")

    assert response.status_code == 204
    assert caller.get("/api/v1/profile").status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]}).status_code == 401
    user.refresh_from_db()
    assert user.get_session_auth_hash() != session_hash


def test_forgot_password_answers_the_same_for_an_unknown_user(api, user):
    known = api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    unknown = api.post(f"{AUTH}/forgot-password", {"email": "nobody@example.test"})

    assert (
        (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    )
    drain_outbox()
    assert [sms["to"] for sms in messaging.sent_sms] == [user.phone_number]
    assert "đặt lại mật khẩu" in messaging.sent_sms[0]["body"]


def test_forgot_password_sends_nothing_to_an_unconfirmed_second_mailbox(api, user):
    """Its owner may be a stranger, who would get the account with the code."""
    api.post(f"{AUTH}/forgot-password", {"email": user.email})

    drain_outbox()
    assert mail.outbox == []


def test_reset_password_ends_every_sign_in_and_every_code(api, user, sign_in, last_code):
    old = sign_in(user)
    api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    body = {
        "phone_number": user.phone_number,
        "code": last_code(user.phone_number),
        "new_password": "a-new-secret-9",
    }

    response = api.post(f"{AUTH}/reset-password", body)
    again = api.post(f"{AUTH}/reset-password", body)

    assert (response.status_code, again.status_code) == (204, 400)
    assert api.post(f"{AUTH}/refresh", {"refresh": old["refresh"]}).status_code == 401
    sign_in(user, "a-new-secret-9")
    assert not OneTimeCode.objects.live().exists()
    assert OutboxEvent.objects.filter(topic=PasswordChanged.topic).count() == 1


def test_reset_password_with_a_weak_one_keeps_the_code(api, user, last_code):
    user.full_name = "Nguyen Bao Chau Long"
    user.save(update_fields=["full_name"])
    api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    body = {"phone_number": user.phone_number, "code": last_code(user.phone_number)}

    weak = api.post(f"{AUTH}/reset-password", {**body, "new_password": "12345"})
    similar = api.post(f"{AUTH}/reset-password", {**body, "new_password": "nguyen bao chau"})
    good = api.post(f"{AUTH}/reset-password", {**body, "new_password": "a-new-secret-9"})

    assert [r.status_code for r in (weak, similar, good)] == [400, 400, 204]
    assert weak.json()["error"]["details"][0]["field"] == "new_password"
    assert similar.json()["error"]["details"][0]["code"] == "password_too_similar"


def test_reset_of_a_suspended_account_gives_no_way_in(api, user, last_code):
    api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    code = last_code(user.phone_number)
    user.suspended_at = datetime.now(UTC)
    user.save(update_fields=["suspended_at"])

    response = api.post(
        f"{AUTH}/reset-password",
        {"phone_number": user.phone_number, "code": code, "new_password": "a-new-secret-9"},
    )

    assert response.status_code == 400
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_change_password_ends_the_other_sign_ins_and_pending_codes(
    api, user, bearer, sign_in, last_code
):
    other, caller = sign_in(user), bearer(user)
    api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})
    code = last_code(user.phone_number)

    response = caller.post(
        f"{AUTH}/change-password",
        {"current_password": PASSWORD, "new_password": "a-new-secret-9"},
    )

    assert response.status_code == 204
    assert caller.get("/api/v1/profile").status_code == 200
    assert api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]}).status_code == 401
    reset = api.post(
        f"{AUTH}/reset-password",
        {"phone_number": user.phone_number, "code": code, "new_password": "a-third-secret-9"},
    )
    assert reset.status_code == 400
    sign_in(user, "a-new-secret-9")


def test_change_password_needs_the_present_one_and_limits_guesses(user, bearer):
    caller = bearer(user)
    body = {"current_password": "not-the-one-7", "new_password": "a-new-secret-9"}

    responses = [caller.post(f"{AUTH}/change-password", body) for _ in range(11)]

    assert [r.status_code for r in responses] == [400] * 10 + [429]
    assert responses[0].json()["error"]["details"][0]["field"] == "current_password"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/auth/logout-all"),
        ("post", "/auth/change-password"),
        ("get", "/profile"),
        ("put", "/profile"),
        ("patch", "/profile"),
        ("delete", "/profile"),
        ("put", "/profile/avatar"),
        ("get", "/profile/export"),
        ("get", "/profile/addresses"),
        ("post", "/profile/addresses"),
        ("get", "/profile/addresses/01890000-0000-7000-8000-000000000000"),
        ("post", "/profile/addresses/01890000-0000-7000-8000-000000000000/default"),
        ("get", "/seller/api-keys"),
        ("post", "/seller/api-keys"),
        ("delete", "/seller/api-keys/01890000-0000-7000-8000-000000000000"),
    ],
)
def test_guests_are_asked_to_sign_in(api, method, path):
    response = getattr(api, method)(f"/api/v1{path}")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "path",
    ["register", "verify-otp", "resend-otp", "login", "refresh", "logout", "forgot-password"],
)
def test_wrong_methods_and_types_are_refused(api, path):
    assert api.get(f"{AUTH}/{path}").status_code == 405
    assert api.post(f"{AUTH}/{path}", "a=b", content_type="text/plain").status_code == 415
    assert api.post(f"{AUTH}/{path}", {}).status_code == 400


def test_codes_of_one_purpose_do_not_live_side_by_side(api, user):
    start = datetime.now(UTC)
    for minutes in (0, 1, 2):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            api.post(f"{AUTH}/forgot-password", {"phone_number": user.phone_number})

    codes = OneTimeCode.objects.filter(user=user, purpose=CodePurpose.RESET_PASSWORD)
    assert codes.count() == 3
    assert codes.filter(used_at=None).count() == 1


def test_passwords_are_hashed_with_bcrypt_in_production_settings(api, settings):
    from marketplace.settings import base

    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS

    api.post(f"{AUTH}/register", registration())

    assert identify_hasher(User.objects.get().password).algorithm == "bcrypt_sha256"


@pytest.mark.parametrize("name", ["Lan\nBcc: all", "\u202egnuL", "\u200b"])
def test_a_name_that_deceives_is_refused(api, name):
    response = api.post(f"{AUTH}/register", registration(full_name=name))

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "full_name"
    assert not User.objects.exists()
