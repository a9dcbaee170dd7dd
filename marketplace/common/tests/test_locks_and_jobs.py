"""Advisory locks, and the commands of periodic jobs."""

from io import StringIO
from threading import Event as Signal

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from marketplace.common.checks import check_session_of_the_pooler
from marketplace.common.jobs import JobCommand, JobResult
from marketplace.common.locks import job_lock, transaction_lock, try_transaction_lock
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def held_while(hold, ask):
    """Return what `ask` gives while `hold` is held by another connection."""
    is_held, was_asked = Signal(), Signal()

    def holder() -> None:
        with hold():
            is_held.set()
            was_asked.wait(60)

    def asker():
        is_held.wait(60)
        try:
            return ask()
        finally:
            was_asked.set()

    return run_in_parallel(lambda work: work(), arguments=[holder, asker])[1]


def test_job_lock_is_held_by_one():
    def ask() -> list[bool]:
        with job_lock("a") as same, job_lock("b") as other:
            return [same, other]

    assert held_while(lambda: job_lock("a"), ask) == [False, True]


def test_job_lock_behind_a_pooler_is_held_by_one_and_by_no_session(settings):
    settings.DATABASE_POOLER = True

    def ask() -> list[bool]:
        with job_lock("a") as same, job_lock("b") as other:
            return [same, other]

    assert held_while(lambda: job_lock("a"), ask) == [False, True]
    with job_lock("a") as is_ours, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert (is_ours, cursor.fetchone()[0]) == (True, 0)


def test_check_names_what_sessions_of_the_pooler_lack(settings):
    settings.DATABASE_POOLER = True
    settings.DATABASE_SESSION = {"lock_timeout": "1"}

    (found,) = check_session_of_the_pooler(databases=["default"])

    assert found.msg == "sessions behind the pooler begin without lock_timeout"
    assert found.hint.endswith(" SET lock_timeout = '1';")
    assert check_session_of_the_pooler(databases=None) == []


def test_job_lock_is_free_after_the_job_even_if_it_failed():
    with pytest.raises(RuntimeError), job_lock("a"):
        raise RuntimeError

    def ask() -> bool:
        with job_lock("a") as taken:
            return taken

    assert run_in_parallel(ask, times=1) == [True]


def test_transaction_lock_ends_with_its_transaction():
    with transaction.atomic():
        transaction_lock("a")

        def ask() -> tuple[bool, bool]:
            with transaction.atomic():
                return try_transaction_lock("a"), try_transaction_lock("b")

        assert run_in_parallel(ask, times=1) == [(False, True)]

    assert run_in_parallel(ask, times=1) == [(True, True)]


def test_lock_dies_with_the_connection_of_its_holder():
    """What a kill -9 does: PostgreSQL notices that the socket is gone."""

    def lose() -> bool:
        with job_lock("a") as taken:
            connection.connection.close()
            connection.connection = None
            return taken

    assert run_in_parallel(lose, times=1) == [True]
    with job_lock("a") as taken:
        assert taken


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (JobResult(3, 1), "done=3 skipped=1 failed=0\n"),
        (JobResult(), "done=0 skipped=0 failed=0\n"),
        (JobResult(is_running_elsewhere=True), "running elsewhere\n"),
    ],
)
def test_job_command_passes_its_options_on_and_says_one_line(result, line):
    given = {}

    class Command(JobCommand):
        @staticmethod
        def job(**options):
            given.update(options)
            return result

    output = StringIO()

    call_command(Command(), "--limit", "7", "--dry-run", stdout=output)

    assert given == {"limit": 7, "dry_run": True}
    assert output.getvalue() == line
