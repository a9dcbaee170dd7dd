"""One key, one piece of work: repeated, concurrent, failed or killed."""

from datetime import timedelta
from io import StringIO
from threading import Event as Signal
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.idempotency.models import IdempotencyKey
from marketplace.common.idempotency.services import (
    MAX_KEY_LENGTH,
    Answer,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    prune_keys,
    run_once,
)
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db


def make_user(name: str = "an"):
    return get_user_model().objects.create(full_name=name, email=f"{name}@example.test")


@pytest.fixture
def user():
    return make_user()


def make_thing() -> UUID:
    """The work of these tests: a row that can be counted."""
    return OutboxEvent.objects.create(topic="thing", payload={}).pk


def things() -> int:
    return OutboxEvent.objects.count()


def answer(thing_id: UUID) -> Answer:
    return Answer(201, f'{{"id": "{thing_id}", "name": "Áo"}}'.encode())


def once(user, key="k", *, data=None, route="things", work=make_thing, answer=answer) -> Answer:
    return run_once(
        user_id=user.pk,
        route=route,
        key=key,
        request_data={"a": 1} if data is None else data,
        work=work,
        answer=answer,
    )


def test_repetition_gets_the_first_answer_byte_for_byte(user):
    first = once(user)
    second = once(user)

    assert (first.status, second.status, second.body) == (201, 201, first.body)
    assert (first.is_replayed, second.is_replayed) == (False, True)
    assert things() == 1


def test_same_body_in_another_order_is_the_same_request(user):
    once(user, data={"a": 1, "b": [1, 2]})

    assert once(user, data={"b": [1, 2], "a": 1}).is_replayed


@pytest.mark.parametrize("other", [{"a": 2}, {"a": "1"}, {"a": 1, "b": None}, {}, []])
def test_key_with_another_body_is_refused(user, other):
    first = once(user)

    with pytest.raises(IdempotencyKeyReused):
        once(user, data=other)

    assert things() == 1
    assert once(user).body == first.body


def test_keys_are_apart_by_user_route_and_key(user):
    other = make_user("bình")
    calls = [(user, "k", "things"), (other, "k", "things"), (user, "l", "things"), (user, "k", "x")]

    answers = [once(who, key, route=route) for who, key, route in calls]

    assert not any(reply.is_replayed for reply in answers)
    assert things() == 4


@pytest.mark.parametrize("key", ["x" * (MAX_KEY_LENGTH + 1), "a\nb", "a\x00b", "\x7f"])
def test_key_that_cannot_be_stored_is_refused(user, key):
    with pytest.raises(InvalidInput):
        once(user, key)

    assert things() == 0


@pytest.mark.parametrize("key", ["x" * MAX_KEY_LENGTH, "ключ 🔑", "'; --", " "])
def test_any_printable_key_is_taken(user, key):
    once(user, key)

    assert once(user, key).is_replayed


@pytest.mark.parametrize("error", [InvalidTransition, RuntimeError, KeyboardInterrupt])
def test_work_that_fails_keeps_nothing_and_may_be_tried_again(user, error):
    def fail() -> UUID:
        make_thing()
        raise error

    with pytest.raises(error):
        once(user, work=fail)

    assert things() == 0
    assert not IdempotencyKey.objects.exists()
    assert not once(user).is_replayed
    assert things() == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_retry_finishes_what_was_interrupted_after_the_commit(user, error):
    """The work is done and its answer is not known: the answer is made from the work's row."""

    def die(thing_id: UUID) -> Answer:
        raise error

    with pytest.raises(error):
        once(user, answer=die)
    (thing_id,) = OutboxEvent.objects.values_list("pk", flat=True)

    retried, repeated = once(user), once(user)

    assert retried == answer(thing_id)
    assert (repeated.body, repeated.is_replayed) == (retried.body, True)
    assert things() == 1


def test_key_that_has_expired_is_free_again(user):
    first = once(user)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        second = once(user, data={"another": "body"})

    assert not second.is_replayed
    assert first.body != second.body
    assert things() == 2
    assert IdempotencyKey.objects.count() == 1


def test_key_lives_for_a_day(user):
    once(user)

    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert once(user).is_replayed


def test_prune_deletes_only_expired_keys(user):
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        once(user, "old")
    once(user, "new")
    output = StringIO()

    call_command("prune_idempotency_keys", stdout=output)

    assert output.getvalue().startswith("keys=1 ")
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]
    assert prune_keys() == 0


@pytest.mark.django_db(transaction=True)
def test_same_key_many_times_at_once_does_the_work_once(user):
    def call(_index: int) -> Answer:
        return once(user)

    outcomes = run_in_parallel(call, arguments=list(range(20)))

    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, IdempotencyInProgress)]
    assert len(answers) + len(refused) == 20
    assert len({reply.body for reply in answers}) == 1
    assert things() == 1
    assert once(user).body == answers[0].body


@pytest.mark.django_db(transaction=True)
def test_key_is_refused_at_once_while_its_first_request_runs(user):
    is_running, may_finish = Signal(), Signal()

    def slow() -> UUID:
        is_running.set()
        may_finish.wait(5)
        return make_thing()

    def first() -> Answer:
        return once(user, work=slow)

    def second() -> Answer:
        is_running.wait(5)
        try:
            return once(user)
        finally:
            may_finish.set()

    def another_key() -> Answer:
        is_running.wait(5)
        return once(user, "another")

    outcomes = run_in_parallel(lambda call: call(), arguments=[first, second, another_key])

    assert outcomes[0].status == 201
    assert isinstance(outcomes[1], IdempotencyInProgress)
    assert outcomes[2].status == 201
    assert things() == 2


def test_the_id_of_the_work_is_kept(user):
    thing_id = uuid7()

    once(user, work=lambda: thing_id)

    assert IdempotencyKey.objects.get().resource_id == thing_id
