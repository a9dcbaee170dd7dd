from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from marketplace.common.errors import TooManyAttempts
from marketplace.common.limits.models import LimitCounter
from marketplace.common.limits.services import (
    check_limit,
    is_limited,
    prune_counters,
    uncount,
)
from marketplace.common.testing import run_in_parallel

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMIT = {"limit": 3, "window_seconds": 900}


def attempt(subject: str = "a") -> bool:
    try:
        check_limit("guess", subject, **LIMIT)
    except TooManyAttempts:
        return False
    return True


@pytest.mark.django_db
def test_limit_refuses_the_one_too_many_and_says_when_to_come_back():
    with time_machine.travel(NOON, tick=False):
        assert [attempt() for _ in range(3)] == [True, True, True]
        with pytest.raises(TooManyAttempts) as refusal:
            check_limit("guess", "a", **LIMIT)

    assert refusal.value.retry_after == 960


@pytest.mark.django_db
def test_limit_counts_subjects_and_actions_apart():
    for _ in range(3):
        attempt("a")

    assert attempt("b")
    check_limit("other", "a", **LIMIT)


@pytest.mark.django_db
def test_limit_holds_over_the_edge_of_a_window():
    """Fixed windows would let six pass within two minutes."""
    with time_machine.travel(NOON, tick=False) as clock:
        clock.move_to(NOON + timedelta(minutes=14))
        first = [attempt() for _ in range(3)]
        clock.move_to(NOON + timedelta(minutes=16))
        then = attempt()
        clock.move_to(NOON + timedelta(minutes=31))
        later = attempt()

    assert (first, then, later) == ([True] * 3, False, True)


@pytest.mark.django_db
def test_refused_attempts_do_not_prolong_the_wait():
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(50):
            attempt()
            clock.shift(timedelta(seconds=15))
        clock.move_to(NOON + timedelta(minutes=17))
        after = attempt()

    assert after


@pytest.mark.django_db
def test_uncount_gives_one_back():
    for _ in range(3):
        attempt()

    uncount("guess", "a", window_seconds=900)

    assert not is_limited("guess", "a", **LIMIT)
    assert attempt()
    assert is_limited("guess", "a", **LIMIT)
    assert not attempt()


@pytest.mark.django_db
def test_the_subject_is_not_stored_in_clear():
    attempt("+84912345678")

    assert "84912345678" not in LimitCounter.objects.get().key


@pytest.mark.django_db
def test_prune_deletes_only_what_is_over():
    with time_machine.travel(datetime.now(UTC) - timedelta(days=3)):
        attempt("old")
    attempt("new")

    assert prune_counters() == 1
    assert LimitCounter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_limit_holds_when_forty_ask_at_once():
    outcomes = run_in_parallel(attempt, times=40)

    assert outcomes.count(True) <= 3
    assert set(outcomes) <= {True, False}
