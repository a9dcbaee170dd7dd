"""Whoever is shut out hears nothing more, at once."""

import time

import pytest

from accounts.errors import TokenNotValid
from accounts.models import Session
from accounts.services.closing import close_account
from accounts.services.moderation import suspend_user
from accounts.services.passwords import change_password
from accounts.services.sessions import log_out, log_out_everywhere, refresh_session
from accounts.tests.factories import PASSWORD, UserFactory
from marketplace.common.ids import uuid7
from notifications.tests.live.telling import ids_in, ids_of, tell

pytestmark = pytest.mark.django_db(transaction=True)


def reuse_refresh_token(user):
    with pytest.raises(TokenNotValid):
        refresh_session(Session.objects.get(user=user).pk, uuid7())


@pytest.mark.parametrize(
    "end",
    [
        lambda user: suspend_user(user.pk, actor=None, reason="Fraud"),
        lambda user: close_account(user.pk, password=PASSWORD),
        lambda user: log_out_everywhere(user.pk),
        lambda user: log_out(Session.objects.get(user=user).pk),
        reuse_refresh_token,
    ],
    ids=["suspended", "closed", "everywhere", "this one", "reused"],
)
def test_the_end_of_a_sign_in_closes_at_once(realtime, user, end):
    bystander = UserFactory()
    with realtime.client(user) as client, realtime.client(bystander) as other:
        end(user)
        ended_at = time.monotonic()

        assert client.closing() == (4403, "sign_in_ended")
        # A second is promised, and a hundredth is what it takes; the rest is for a busy machine.
        assert time.monotonic() - ended_at < 30
        assert other.all_until_answer() == []


def test_the_end_of_a_sign_in_is_found_without_hints(lonely_realtime, user):
    with lonely_realtime.client(user) as client:
        log_out_everywhere(user.pk)

        assert client.closing() == (4403, "sign_in_ended")


def test_a_new_password_keeps_only_its_own_connection(realtime, user):
    with realtime.client(user) as mine:
        session = Session.objects.get(user=user)
        with realtime.client(user) as other:
            change_password(
                user.pk,
                current_password=PASSWORD,
                new_password="another-horse-battery",
                keep_session=session.pk,
            )

            assert other.closing() == (4403, "sign_in_ended")
            tell(user)
            assert ids_in([mine.hear("notification")]) == ids_of(user)


def test_a_revoked_sign_in_does_not_open(realtime, user):
    from marketplace.realtime.tests.client import access_token

    token = access_token(user)
    log_out_everywhere(user.pk)

    with realtime.client() as client:
        client.say({"type": "auth", "token": token})

        assert client.closing() == (4401, "token_not_valid")
