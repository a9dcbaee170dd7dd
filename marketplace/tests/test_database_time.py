"""How long a request has waited for PostgreSQL, as its log line and the metrics say."""

import time
from functools import partial

import pytest
from django.db import OperationalError, connection

from marketplace.common.prepared import fetch_generic, fetch_planned, fetch_prepared
from marketplace.common.work import work

SLEEP = "SELECT pg_sleep(%s)::text"
# PostgreSQL sleeps by another clock than ours.
ASLEEP, AT_LEAST = 0.05, 0.045


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fetch",
    [
        fetch_prepared,
        fetch_planned,
        partial(fetch_planned, timeout_ms=60_000),
        partial(fetch_generic, timeout_ms=60_000),
    ],
)
def test_wait_for_rows_counts_whether_or_not_the_statement_was_queued(fetch):
    statements, seconds = work.statements, work.seconds

    fetch(SLEEP, [ASLEEP])

    assert work.statements - statements == 1
    assert work.seconds - seconds >= AT_LEAST


@pytest.mark.django_db(transaction=True)
def test_wait_for_what_is_stopped_counts():
    statements, seconds = work.statements, work.seconds

    with pytest.raises(OperationalError, match="statement timeout"):
        fetch_planned(SLEEP, [60], timeout_ms=50)

    assert work.statements - statements == 1
    assert work.seconds - seconds >= AT_LEAST


@pytest.mark.django_db
def test_wait_for_a_statement_that_another_has_sent_before_it_counts_once():
    """As when PostgreSQL is told, before the first change of a transaction, who makes it."""

    def after_another(execute, sql, params, many, context):
        if sql != SLEEP:
            with connection.cursor() as cursor:
                cursor.execute(SLEEP, [ASLEEP])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(after_another), connection.cursor() as cursor:
        statements, seconds, started = work.statements, work.seconds, time.perf_counter()
        cursor.execute("SELECT 1")
        passed = time.perf_counter() - started

    assert work.statements - statements == 2
    assert AT_LEAST <= work.seconds - seconds <= passed
