"""Passwords: forgotten, reset, changed."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from accounts.events import PasswordChanged
from accounts.models import OneTimeCode
from accounts.tests.api.bodies import AUTH
from accounts.tests.factories import PASSWORD
from marketplace.common import messaging
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db


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
