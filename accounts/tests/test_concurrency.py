"""What many callers at once must not break. Real threads, real database."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models import Model
from rest_framework.test import APIClient

from accounts.codes import digits_of
from accounts.constants import CodePurpose
from accounts.errors import TokenNotValid
from accounts.models import Address, OneTimeCode, Session, User
from accounts.services import (
    create_address,
    log_in,
    refresh_session,
    register_user,
    set_default_address,
    suspend_user,
    verify_code,
)
from accounts.tests.factories import ORIGIN, PASSWORD, AddressFactory, UserFactory
from accounts.tokens import token_pair
from marketplace.common.errors import DomainError
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def after_waiting_for(row: Model, work: Callable[[], object], *, times: int) -> list[object]:
    """Hold a row until all callers wait for it, and return what each then came to.

    This is the moment at which a condition must be looked at again; threads that merely start
    together seldom meet there.
    """

    def call(_: int) -> object:
        try:
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=times) as pool:
        with transaction.atomic():
            type(row).objects.select_for_update().get(pk=row.pk)
            futures = [pool.submit(call, n) for n in range(times)]
            deadline = time.monotonic() + 60
            while waiting_for_locks() < times and time.monotonic() < deadline:
                time.sleep(0.02)
            assert waiting_for_locks() == times
        return [future.result() for future in futures]


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        # Inside a transaction the view would stay as it was first read.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_refreshes_that_wait_for_the_same_row_are_one(user):
    session = log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)
    token_id = session.token_id

    outcomes = after_waiting_for(session, lambda: refresh_session(session.pk, token_id), times=12)

    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert not Session.objects.live().exists()


def test_guesses_that_wait_for_the_same_row_are_five():
    code = registered()

    outcomes = after_waiting_for(code, lambda: verify_code("+84912345678", "000000"), times=12)

    code.refresh_from_db()
    assert code.attempts == 5
    assert not any(isinstance(outcome, Session) for outcome in outcomes)


def test_sign_ins_that_wait_for_a_code_to_be_spent_are_one():
    code = registered()
    digits = digits_of(code)

    outcomes = after_waiting_for(code, lambda: verify_code("+84912345678", digits), times=5)

    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert Session.objects.count() == 1


def test_fifty_refreshes_of_one_token_are_one_and_the_family_is_dead(user):
    session = log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)
    token_id = session.token_id

    outcomes = run_in_parallel(lambda: refresh_session(session.pk, token_id), times=50)

    winners = [outcome for outcome in outcomes if isinstance(outcome, Session)]
    assert len(winners) == 1
    assert sum(isinstance(outcome, TokenNotValid) for outcome in outcomes) == 49
    with pytest.raises(TokenNotValid):
        refresh_session(session.pk, winners[0].token_id)
    assert not Session.objects.live().exists()
    assert OutboxEvent.objects.filter(topic="accounts.refresh_token_reused").count() == 1


def registered(number: str = "+84912345678") -> OneTimeCode:
    register_user(
        phone_number=number, email=None, password=PASSWORD, full_name="Lan", language="vi"
    )
    return OneTimeCode.objects.get()


def test_a_hundred_guesses_at_once_are_five():
    code = registered()
    right = int(digits_of(code))
    wrong = [f"{(right + n) % 10**6:06d}" for n in range(1, 81)]

    def guess(digits: str) -> object:
        return verify_code("+84912345678", digits)

    with ThreadPoolExecutor(max_workers=20) as pool:

        def run(digits: str) -> object:
            try:
                return guess(digits)
            except DomainError as error:
                return error
            finally:
                connection.close()

        outcomes = list(pool.map(run, [*wrong, *[digits_of(code)] * 20]))

    code.refresh_from_db()
    assert code.attempts == 5
    assert not any(isinstance(outcome, Session) for outcome in outcomes)
    assert not Session.objects.exists()


def test_wrong_guesses_at_once_are_each_counted():
    """A count that is read and then written would lose most of these."""
    code = registered()
    wrong = f"{(int(digits_of(code)) + 1) % 10**6:06d}"

    run_in_parallel(lambda: verify_code("+84912345678", wrong), times=12)

    code.refresh_from_db()
    assert code.attempts == 5


def test_the_right_code_twenty_times_at_once_signs_in_once():
    code = registered()

    outcomes = run_in_parallel(lambda: verify_code("+84912345678", digits_of(code)), times=20)

    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Session | DomainError) for outcome in outcomes)
    assert Session.objects.count() == 1


def test_twenty_registrations_of_one_number_make_one_account_and_one_code():
    outcomes = run_in_parallel(
        lambda: register_user(
            phone_number="+84912345678",
            email="lan@example.test",
            password=PASSWORD,
            full_name="Lan",
            language="vi",
        ),
        times=20,
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    live = OneTimeCode.objects.filter(user=user, purpose=CodePurpose.VERIFY, used_at=None)
    assert live.count() <= 1


def test_addresses_made_at_once_have_one_default_and_no_error(user):
    run = {"recipient_name": "a", "phone_number": "+84912345678", "line1": "x", "province": "y"}

    outcomes = run_in_parallel(lambda: create_address(user.pk, is_default=True, **run), times=12)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Address.objects.filter(user=user, is_default=True).count() == 1


def test_defaults_set_at_once_leave_one(user):
    addresses = AddressFactory.create_batch(8, user=user)

    outcomes = run_in_parallel(
        lambda address: set_default_address(address.pk, actor=user), arguments=addresses
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Address.objects.filter(user=user, is_default=True).count() == 1


def test_no_sign_in_survives_a_suspension_that_ran_beside_it():
    for _ in range(5):
        user = UserFactory()
        run_in_parallel(
            lambda work: work(),
            arguments=[
                lambda user=user: suspend_user(user.pk, actor=None, reason="Fraud"),
                *[lambda user=user: log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)] * 4,
            ],
        )

        assert not Session.objects.live().filter(user=user).exists()


def test_no_request_that_starts_after_a_suspension_succeeds(user):
    session = log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)
    headers = {"Authorization": f"Bearer {token_pair(session)['access']}"}
    suspended = []

    def call(n: int) -> tuple[bool, int]:
        try:
            if n == 40:
                suspend_user(user.pk, actor=None, reason="Fraud")
                suspended.append(True)
            started_after = bool(suspended)
            return started_after, APIClient().get("/api/v1/profile", headers=headers).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        outcomes = list(pool.map(call, range(200)))

    assert {status for late, status in outcomes if late} == {401}
    assert (False, 200) in outcomes
