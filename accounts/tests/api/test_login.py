"""Signing in with a password."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import identify_hasher

from accounts import hooks
from accounts.models import Session, User
from accounts.tests.api.bodies import AUTH, registration
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


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


def test_passwords_are_hashed_with_bcrypt_in_production_settings(api, settings):
    from marketplace.settings import base

    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS

    api.post(f"{AUTH}/register", registration())

    assert identify_hasher(User.objects.get().password).algorithm == "bcrypt_sha256"
