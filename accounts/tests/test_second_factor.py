"""The second factor of staff, in the console and against those who guess."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.errors import WrongSecondFactor
from accounts.models import RecoveryCode, SecondFactor, Session, User
from accounts.services import check_second_factor, enrol_second_factor, log_in
from accounts.tests.factories import ORIGIN, PASSWORD, StaffFactory, UserFactory
from accounts.totp import code_at, key_of, qr_path, step_at, step_of
from marketplace.common.audit.models import Entry
from marketplace.common.errors import TooManyAttempts
from marketplace.common.ids import uuid7
from marketplace.common.testing import run_in_parallel

NOW = datetime(2026, 11, 21, 8, 0, 10, tzinfo=UTC)
PAGE = "/admin/second-factor/"


def enrolled(user: User) -> tuple[SecondFactor, list[str]]:
    """Give a user a device whose last code was used long ago."""
    factor_id = uuid7()
    code = code_at(key_of(user.pk, factor_id), step_at(datetime.now(UTC)))
    codes = enrol_second_factor(user.pk, factor_id=factor_id, code=code)
    SecondFactor.objects.filter(pk=factor_id).update(last_step=0)
    return SecondFactor.objects.get(pk=factor_id), codes


def code_of(factor: SecondFactor, *, steps: int = 0) -> str:
    return code_at(key_of(factor.user_id, factor.pk), step_at(datetime.now(UTC)) + steps)


def refusals() -> list[dict[str, Any]]:
    """Every column that says what was refused, so that no code stands in another."""
    entries = Entry.objects.filter(operation="refused").order_by("pk")
    return list(entries.values(*refusal(User())))


def refusal(user: User, what: str = "second factor", *, via: str = "") -> dict[str, Any]:
    return {
        "actor_id": None,
        "actor_kind": "staff",
        "object_type": "accounts.user",
        "object_id": str(user.pk),
        "object_name": user.full_name,
        "before": None,
        "after": {"note": what},
        "via": via,
        "ip_address": "127.0.0.1",
    }


def password_entered(client: Client, user: User) -> Client:
    form = {"username": user.email, "password": PASSWORD, "next": "/admin/shops/shop/"}
    assert client.post("/admin/login/", form).status_code == 302
    return client


# Source: RFC 6238, appendix B: SHA-1, the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    key, moment = b"12345678901234567890", datetime.fromtimestamp(seconds, UTC)

    assert code_at(key, step_at(moment)) == code
    for drift, found in ((0, 0), (30, -1), (-30, 1), (61, None)):
        other = moment + timedelta(seconds=drift)
        step = step_of(key, code, other)
        assert (None if step is None else step - step_at(other)) == found


def test_picture_is_a_square_with_its_three_marks():
    path, side = qr_path("otpauth://totp/x?secret=ABCDEFGH")

    ET.fromstring(f'<svg viewBox="0 0 {side} {side}"><path d="{path}"/></svg>')
    cells = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1", path)}
    last = side - 4 - 7
    for x, y in ((4, 4), (last, 4), (4, last)):
        ring = {(x + n, y) for n in range(7)} | {(x, y + n) for n in range(7)}
        assert ring <= cells
        assert (x + 1, y + 1) not in cells


@pytest.mark.django_db
def test_without_one_the_password_is_enough_unless_it_is_required(client, settings):
    user = StaffFactory(email="root@example.test")

    password_entered(client, user)
    assert client.get("/admin/").status_code == 200

    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    response = client.get("/admin/shops/shop/", follow=True)
    assert response.redirect_chain[-1][0] == f"{PAGE}?next=%2Fadmin%2Fshops%2Fshop%2F"
    assert "Scan the picture" in response.content.decode()


@pytest.mark.django_db
def test_enrolment_comes_before_anything_else_and_shows_the_recovery_codes_once(client, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    user = StaffFactory(email="root@example.test")

    shown = password_entered(client, user).get(PAGE)
    for path in ("/admin/", "/admin/accounts/user/", "/admin/password_change/", "/admin/sign-ins/"):
        assert client.get(path).status_code == 302
    factor_id = UUID(client.session["enrolling"])
    key = key_of(user.pk, factor_id)
    wrong = client.post(PAGE, {"code": "000000"})
    code = code_at(key, step_at(datetime.now(UTC)))
    done = client.post(PAGE, {"code": f"{code[:3]} {code[3:]}", "next": "https://evil.test/"})

    assert "<svg" in shown.content.decode()
    assert "wrong or was used" in wrong.content.decode()
    codes = done.context["codes"]
    assert len(set(codes)) == 10
    assert done.context["next"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert not any(text in client.get(PAGE).content.decode() for text in codes)
    stored = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert len(stored) == 10
    assert not stored & {text.replace("-", "") for text in codes}
    assert Session.objects.get(user=user).second_factor_at is not None
    entry = Entry.objects.get(object_type="accounts.secondfactor")
    assert (entry.actor_id, entry.operation) == (user.pk, "added")


@pytest.mark.django_db
def test_code_is_asked_for_at_each_sign_in_and_is_good_once(client):
    user = StaffFactory(email="root@example.test")
    factor, (recovery, *_) = enrolled(user)
    code = code_of(factor)

    password_entered(client, user)
    assert client.get("/admin/shops/shop/", follow=True).redirect_chain[-1][0].startswith(PAGE)
    assert not Session.objects.filter(user=user).exists()
    key_before = client.session.session_key
    entered = client.post(PAGE, {"code": code, "next": "/admin/shops/shop/"})
    assert (entered.status_code, entered["Location"]) == (302, "/admin/shops/shop/")
    assert client.session.session_key != key_before
    assert client.get("/admin/").status_code == 200

    again = password_entered(client, user)  # also where the browser was in already
    assert again.get("/admin/").status_code == 302
    for spent in (code, code_of(factor, steps=-1)):
        assert "was used already" in again.post(PAGE, {"code": spent}).content.decode()
    assert again.post(PAGE, {"code": recovery.lower()}).status_code == 302
    assert again.get("/admin/").status_code == 200
    third = password_entered(Client(), user)
    assert "was used already" in third.post(PAGE, {"code": recovery}).content.decode()
    assert refusals() == [refusal(user, via=f"POST {PAGE}")] * 3


@pytest.mark.django_db
def test_who_knows_the_password_alone_can_neither_enrol_nor_remove(client):
    user = StaffFactory(email="root@example.test")
    factor, _ = enrolled(user)

    password_entered(client, user)
    page = client.get(PAGE)
    client.post(PAGE, {"code": "123456", "remove": "1"})

    assert "Scan the picture" not in page.content.decode()
    assert SecondFactor.objects.get().pk == factor.pk
    assert client.get("/admin/").status_code == 302


@pytest.mark.django_db
def test_guesses_are_limited_and_the_right_code_is_not_looked_at_any_more():
    user = StaffFactory()
    with time_machine.travel(NOW, tick=False):
        factor, _ = enrolled(user)
        for _ in range(5):
            with pytest.raises(WrongSecondFactor):
                check_second_factor(user.pk, "000000", origin=ORIGIN)
        with pytest.raises(TooManyAttempts):
            check_second_factor(user.pk, code_of(factor), origin=ORIGIN)
    with time_machine.travel(NOW + timedelta(minutes=17), tick=False):
        assert check_second_factor(user.pk, code_of(factor), origin=ORIGIN) == factor.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["code", "recovery code"])
def test_one_code_lets_one_in_when_many_enter_it_at_once(kind):
    user = StaffFactory()
    factor, recovery = enrolled(user)
    code = code_of(factor) if kind == "code" else recovery[0]

    outcomes = run_in_parallel(lambda: check_second_factor(user.pk, code, origin=ORIGIN), times=4)

    assert sum(outcome == factor.pk for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongSecondFactor) for outcome in outcomes) == 3


@pytest.mark.django_db
def test_device_is_replaced_and_recovery_codes_renewed_by_who_has_it(client):
    user = StaffFactory(email="root@example.test")
    factor, old = enrolled(user)
    password_entered(client, user).post(PAGE, {"code": old[0]})

    new = client.post(PAGE, {"code": code_of(factor), "renew": "1"}).context["codes"]
    with pytest.raises(WrongSecondFactor):
        check_second_factor(user.pk, old[1], origin=ORIGIN)
    assert client.post(PAGE, {"code": new[0], "remove": "1"}).status_code == 302

    assert not SecondFactor.objects.exists()
    assert "Scan the picture" in client.get(PAGE).content.decode()


@pytest.mark.django_db
def test_operator_takes_a_lost_one_away_and_that_is_written_down(client):
    user = StaffFactory(email="root@example.test")
    _, codes = enrolled(user)
    password_entered(client, user).post(PAGE, {"code": codes[0]})
    out = StringIO()

    call_command("reset_second_factor", "ROOT@example.test", stdout=out)

    assert "no second factor any more" in out.getvalue()
    assert client.get("/admin/").status_code == 302
    assert not SecondFactor.objects.exists()
    entry = Entry.objects.filter(object_type="accounts.secondfactor").latest("pk")
    assert (entry.operation, entry.actor_kind) == ("deleted", "operator")
    assert entry.via.startswith("command reset_second_factor by ")
    for unknown in ("root@example.test", "nobody@example.test", "?"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", unknown)


@pytest.mark.django_db
def test_superuser_takes_anothers_away_in_the_console_and_nobody_else_does(client):
    lost, colleague = StaffFactory(), UserFactory(is_staff=True)
    enrolled(lost)
    form = {"action": "reset_second_factor", "_selected_action": [lost.pk]}

    client.force_login(colleague)
    client.post("/admin/accounts/user/", form)
    assert SecondFactor.objects.exists()
    client.force_login(StaffFactory())
    client.post("/admin/accounts/user/", form)

    assert not SecondFactor.objects.exists()


# --- sign-ins -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_browser_is_listed_and_dead_when_it_is_revoked(client):
    user = StaffFactory(email="root@example.test")
    here, there = Client(HTTP_USER_AGENT="Firefox here"), Client(HTTP_USER_AGENT="Chrome there")
    for browser in (here, there):
        password_entered(browser, user)
        assert browser.get("/admin/").status_code == 200
    api = log_in(user.email, PASSWORD, user_agent="An app", origin=ORIGIN)

    page = here.get("/admin/sign-ins/").content.decode()
    assert all(text in page for text in ("Firefox here", "Chrome there", "An app", "this one"))
    other = Session.objects.get(user_agent="Chrome there")
    here.post("/admin/sign-ins/", {"end": str(other.pk)})
    assert there.get("/admin/").status_code == 302
    assert there.get("/admin/", follow=True).status_code == 200  # the page to sign in
    here.post("/admin/sign-ins/", {"others": "1"})

    assert here.get("/admin/").status_code == 200
    api.refresh_from_db()
    assert api.revoked_at is not None
    for end in ("", "x", str(uuid7()), str(log_in_of_another().pk)):
        here.post("/admin/sign-ins/", {"end": end})
    assert Session.objects.live().count() == 2
    signed_in = Entry.objects.filter(operation="signed_in", actor_id=user.pk)
    assert signed_in.count() == 2


def log_in_of_another() -> Session:
    return log_in(UserFactory().email, PASSWORD, user_agent="", origin=ORIGIN)


@pytest.mark.django_db
def test_console_page_costs_one_statement_more_than_without_sign_ins(
    client, django_assert_num_queries
):
    user = StaffFactory(email="root@example.test")
    password_entered(client, user).get("/admin/")

    # The browser's session, the user, and the sign-in with the second factor.
    with django_assert_num_queries(3):
        assert client.get("/admin/jsi18n/").status_code == 200
