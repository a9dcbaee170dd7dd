"""Ways into somebody else's account, and ways to learn that there is one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.constants import CodePurpose
from accounts.models import OneTimeCode, Session, User
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db

AUTH = "/api/v1/auth"
VICTIM = "0912345678"
VICTIMS_NUMBER = "+84912345678"
ATTACKER = "attacker@example.test"


def register(api, **changes):
    body = {"phone_number": VICTIM, "password": PASSWORD, "full_name": "Lan", **changes}
    response = api.post(f"{AUTH}/register", body)
    assert response.status_code == 201, response.content
    return response.json()


def verify(api, code, **identifier):
    return api.post(f"{AUTH}/verify-otp", {**identifier, "code": code})


def at(hours: float):
    return time_machine.travel(datetime.now(UTC) - timedelta(hours=hours))


def test_a_second_mailbox_is_confirmed_by_its_signed_in_owner_alone(api, user, bearer, last_code):
    """It may be a typing mistake: its reader must not get into the account."""
    api.post(f"{AUTH}/resend-otp", {"email": user.email})
    code = last_code(user.email)

    strangers = verify(api, code, email=user.email)
    others = verify(bearer(UserFactory()), code, email=user.email)
    sessions = Session.objects.filter(user=user).count()
    own = verify(bearer(user), code, email=user.email)

    assert (strangers.status_code, others.status_code) == (400, 400)
    assert strangers.json()["error"]["code"] == "invalid_code"
    assert sessions == 0
    assert own.status_code == 200
    user.refresh_from_db()
    assert user.email_verified_at is not None


def test_registering_again_drops_the_mailbox_that_somebody_else_named(api, last_code):
    """Else who registered the number first gets in by the mailbox later."""
    with at(hours=30):
        register(api, email=ATTACKER, password="attackers-secret")
    register(api)
    signed_in = verify(api, last_code(VICTIMS_NUMBER), phone_number=VICTIM)

    for path in ("resend-otp", "forgot-password"):
        api.post(f"{AUTH}/{path}", {"email": ATTACKER})

    assert signed_in.status_code == 200
    assert signed_in.json()["user"]["email"] is None
    assert not OneTimeCode.objects.filter(destination=ATTACKER).exists()


def test_registering_again_takes_a_new_mailbox_that_is_free(api, user):
    with at(hours=30):
        register(api, phone_number="0987654321", email=ATTACKER)
    register(api, phone_number="0987654321", email="hoa@example.test")
    register(api, phone_number="0987654321", email=user.email)

    # The last one takes back what the verified user never confirmed.
    user.refresh_from_db()
    assert user.email is None
    assert User.objects.get(phone_number="+84987654321").email == "lan@example.test"


def test_a_reset_code_to_a_second_mailbox_dies_when_the_number_is_confirmed(api, last_code):
    register(api, email=ATTACKER, password="attackers-secret")
    with at(hours=0.02):
        api.post(f"{AUTH}/forgot-password", {"email": ATTACKER})
    reset_code = last_code(ATTACKER)
    assert verify(api, last_code(VICTIMS_NUMBER), phone_number=VICTIM).status_code == 200

    response = api.post(
        f"{AUTH}/reset-password",
        {"email": ATTACKER, "code": reset_code, "new_password": "attackers-new-secret"},
    )

    assert response.status_code == 400
    assert User.objects.get().email_verified_at is None


def test_an_old_registration_that_asks_for_a_new_code_keeps_strangers_passwords_out(api, last_code):
    with at(hours=30):
        register(api, password="victims-own-secret")
    with at(hours=0.02):
        api.post(f"{AUTH}/resend-otp", {"phone_number": VICTIM})
    register(api, password="attackers-secret")
    verified = verify(api, last_code(VICTIMS_NUMBER), phone_number=VICTIM)

    login = api.post(f"{AUTH}/login", {"phone_number": VICTIM, "password": "attackers-secret"})
    assert verified.status_code == 200
    assert login.status_code == 401


class CountingHasher(MD5PasswordHasher):
    """Tells how often a password was hashed, which is what takes the time."""

    algorithm = "counting"
    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("state", ["unknown", "waiting", "waiting_other", "stale", "verified"])
def test_a_registration_hashes_once_whoever_is_there(api, settings, state):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    if state == "verified":
        UserFactory(phone_number=VICTIMS_NUMBER)
    elif state != "unknown":
        with at(hours=30 if state == "stale" else 1):
            register(api, password="other-secret-words" if state == "waiting_other" else PASSWORD)
    CountingHasher.count = 0

    register(api)

    assert CountingHasher.count == 1


@pytest.mark.parametrize("state", ["unknown", "known"])
@pytest.mark.parametrize("path", ["login", "reset-password"])
def test_other_calls_hash_as_often_for_unknown_users(api, settings, path, state):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    if state == "known":
        UserFactory(phone_number=VICTIMS_NUMBER)
    CountingHasher.count = 0

    body = {"phone_number": VICTIM, "password": "wrong-words", "code": "123456"}
    api.post(f"{AUTH}/{path}", {**body, "new_password": "some-other-words"})

    assert CountingHasher.count == {"login": 1, "reset-password": 0}[path]


def test_a_taken_address_in_the_profile_looks_like_a_free_one(user, bearer):
    taken = UserFactory(email="hoa@example.test", email_verified_at=datetime.now(UTC))
    caller = bearer(user)

    answers = [
        caller.patch("/api/v1/profile", {"email": email, "current_password": PASSWORD}).json()
        for email in ("hoa@example.test", "free@example.test")
    ]
    shown = [answer.pop("pending_email") for answer in answers]

    assert shown == ["hoa@example.test", "free@example.test"]
    assert answers[0] == answers[1]
    topics = list(OutboxEvent.objects.order_by("pk").values_list("topic", flat=True))
    assert topics == ["accounts.identifier_taken", "accounts.code_issued"]
    decoys = OneTimeCode.objects.filter(purpose=CodePurpose.CHANGE_IDENTIFIER)
    assert decoys.filter(destination=taken.email).count() == 1
