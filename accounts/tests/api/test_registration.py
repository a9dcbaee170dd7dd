"""Registering, once and again."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from accounts.events import IdentifierTaken
from accounts.identifiers import normal_email
from accounts.models import OneTimeCode, User
from accounts.tests.api.bodies import AUTH, USER_FIELDS, registration, shape
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common import messaging
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Lan@EXAMPLE.test", "lan@example.test"),
        ("lan@exam\u00adple.test", "lan@example.test"),
        ("lan@exam\u200bple.test", "lan@example.test"),
        ("lan@example\u3002test", "lan@example.test"),
        ("lan@xn--bcher-kva.test", "lan@bücher.test"),
        ("lan@fa\u00df.test", "lan@fass.test"),
        # Neither of them is another spelling of `lan@` or `lin@` that mail would reach.
        ('"l\\an"@example.test', None),
        ("l\u0131n@example.test", None),
        ("lan@xn--a.test", None),
    ],
)
def test_a_mailbox_has_one_spelling(typed, kept):
    if kept is None:
        with pytest.raises(ValueError, match="Enter an e-mail address"):
            normal_email(typed)
    else:
        assert normal_email(typed) == kept == normal_email(kept)


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


def test_register_twice_at_once_sends_one_code(api):
    api.post(f"{AUTH}/register", registration())
    api.post(f"{AUTH}/register", registration())

    drain_outbox()
    assert len(messaging.sent_sms) == 1


@pytest.mark.parametrize("name", ["Lan\nBcc: all", "\u202egnuL", "\u200b"])
def test_a_name_that_deceives_is_refused(api, name):
    response = api.post(f"{AUTH}/register", registration(full_name=name))

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "full_name"
    assert not User.objects.exists()
