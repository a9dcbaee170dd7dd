import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import OneTimeCode, Session, User

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_create_admin_makes_a_verified_superuser(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "a-good-secret-9")

    run("create_admin", "--email", "Root@Example.test", "--name", "Root")

    user = User.objects.get(email="root@example.test")
    assert (user.is_staff, user.is_superuser, user.is_verified) == (True, True, True)
    assert user.check_password("a-good-secret-9")


def test_create_admin_by_phone_alone():
    run("create_admin", "--phone", "0912345678", "--password", "a-good-secret-9")

    assert User.objects.get().phone_number == "+84912345678"


@pytest.mark.parametrize(
    "args",
    [
        ["--password", "a-good-secret-9"],
        ["--email", "x", "--password", "a-good-secret-9"],
        ["--phone", "1", "--password", "a-good-secret-9"],
        ["--email", "root@example.test", "--password", "short"],
    ],
)
def test_create_admin_refuses_wrong_input(args):
    with pytest.raises(CommandError):
        run("create_admin", *args)

    assert not User.objects.exists()


def test_create_admin_refuses_a_taken_address_unless_told_to_leave_it():
    args = ["create_admin", "--email", "root@example.test", "--password", "a-good-secret-9"]
    run(*args)

    with pytest.raises(CommandError, match="already"):
        run(*args)
    assert "there already" in run(*args, "--if-missing")
    assert User.objects.count() == 1


def test_create_admin_asks_twice_for_the_password(monkeypatch):
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    answers = iter(["a-good-secret-9", "another"])
    monkeypatch.setattr(
        "accounts.management.commands.create_admin.getpass", lambda _: next(answers)
    )

    with pytest.raises(CommandError, match="differ"):
        run("create_admin", "--email", "root@example.test")


def test_setup_groups_says_what_it_did():
    out = run("setup_groups")
    run("setup_groups")

    assert "Moderator: " in out
    assert Group.objects.count() == 5


def test_prune_deletes_what_ended_a_month_ago(user):
    now = timezone.now()
    for days in (-1, 20, 31):
        ended = now - timedelta(days=days)
        Session.objects.create(user=user, token_id=uuid4(), last_used_at=now, expires_at=ended)
        OneTimeCode.objects.create(
            user=user, purpose="verify", channel="sms", expires_at=ended, used_at=ended
        )

    assert "sign_ins=1 codes=1" in run("prune_sign_ins")
    assert "sign_ins=0 codes=0" in run("prune_sign_ins")
    assert (Session.objects.count(), OneTimeCode.objects.count()) == (2, 2)
