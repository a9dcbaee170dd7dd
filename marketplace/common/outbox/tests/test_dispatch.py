"""Events reach their handlers: exactly once inside the database, at least once outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from marketplace.common.ids import uuid7
from marketplace.common.outbox import registry, services
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.registry import handles
from marketplace.common.outbox.services import (
    BACKOFF_SECONDS,
    MAX_ATTEMPTS,
    dispatch,
    prune_done,
    publish,
    replay,
)
from marketplace.common.outbox.tasks import dispatch_task
from marketplace.common.testing import run_in_parallel


@dataclass(frozen=True)
class Made(Event):
    topic: ClassVar[str] = "test.made"
    thing_id: UUID


@dataclass(frozen=True)
class Poison(Event):
    topic: ClassVar[str] = "test.poison"
    thing_id: UUID


@dataclass(frozen=True)
class Effect(Event):
    """What the handlers of these tests do to the database: a row that can be counted."""

    topic: ClassVar[str] = "test.effect"
    thing_id: UUID


@pytest.fixture(autouse=True)
def _handlers_of_the_test_only(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", registry.defaultdict(list))


def effects() -> int:
    return OutboxEvent.objects.filter(topic=Effect.topic).count()


def add_handler(
    work: Callable[[Any], None], *, external: bool = False, event_class: type[Event] = Made
) -> None:
    handles(event_class, external=external)(work)


def published(*events: Event) -> OutboxEvent:
    """Publish events and return the first as it is stored."""
    with transaction.atomic():
        publish(*(events or (Made(uuid7()),)))
    return OutboxEvent.objects.order_by("pk").first()


def make_due(event: OutboxEvent) -> None:
    OutboxEvent.objects.filter(pk=event.pk).update(available_at=timezone.now())


@pytest.mark.django_db
def test_handlers_get_the_event_once():
    seen = []
    add_handler(seen.append)
    made = Made(uuid7())
    event = published(made)

    first, second = dispatch(), dispatch()

    event.refresh_from_db()
    assert seen == [made]
    assert (first, second) == ((1, 0), (0, 0))
    assert (event.status, event.attempts) == (OutboxStatus.DONE, 1)
    assert event.done_at is not None


@pytest.mark.django_db
def test_event_without_handlers_is_done():
    event = published()

    assert dispatch() == (1, 0)
    event.refresh_from_db()
    assert event.status == OutboxStatus.DONE


@pytest.mark.django_db
def test_events_come_in_the_order_of_their_publication():
    seen = []
    add_handler(seen.append)
    events = [Made(uuid7()) for _ in range(5)]
    published(*events)

    dispatch()

    assert seen == events


@pytest.mark.django_db
def test_dispatch_stops_at_its_limit():
    published(*(Made(uuid7()) for _ in range(5)))

    assert dispatch(limit=2) == (2, 0)
    assert OutboxEvent.objects.filter(status=OutboxStatus.PENDING).count() == 3


@pytest.mark.django_db
def test_handler_that_fails_leaves_nothing_and_is_tried_again_later():
    def fail(event: Made) -> None:
        publish(Effect(event.thing_id))
        raise RuntimeError("no luck")

    add_handler(fail)
    event = published()

    assert dispatch() == (0, 1)

    event.refresh_from_db()
    assert effects() == 0
    assert event.status == OutboxStatus.PENDING
    assert event.handled_by == []
    assert "no luck" in event.last_error
    assert dispatch() == (0, 0)


@pytest.mark.django_db
def test_handlers_that_had_run_do_not_run_again_for_one_that_fails():
    runs = []

    def fail_first(event: Made) -> None:
        runs.append("second")
        if runs.count("second") == 1:
            raise RuntimeError

    def other(event: Made) -> None:
        runs.append("third")

    def first(event: Made) -> None:
        runs.append("first")

    for handler in (first, fail_first, other):
        add_handler(handler)
    event = published()

    dispatch()
    make_due(event)
    dispatch()

    event.refresh_from_db()
    assert runs == ["first", "second", "third", "second"]
    assert (event.status, event.attempts, event.last_error) == (OutboxStatus.DONE, 2, "")


@pytest.mark.django_db
def test_pauses_grow_and_the_event_is_parked_in_the_end(caplog):
    def fail(event: Made) -> None:
        raise RuntimeError

    add_handler(fail)
    event = published()
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        make_due(event)
        started = timezone.now()
        assert dispatch() == (0, 1)
        event.refresh_from_db()
        pauses.append(round((event.available_at - started).total_seconds()))
    make_due(event)

    assert pauses == [*BACKOFF_SECONDS, *[BACKOFF_SECONDS[-1]] * 5]
    assert (event.status, event.attempts) == (OutboxStatus.PARKED, MAX_ATTEMPTS)
    assert dispatch() == (0, 0)
    assert "is parked" in caplog.text


@pytest.mark.django_db
def test_event_that_kills_its_dispatcher_is_parked_too():
    """The count goes up with the claim, so that nobody has to survive to write it."""
    runs = []
    add_handler(runs.append)
    event = published()
    OutboxEvent.objects.update(attempts=MAX_ATTEMPTS)

    assert dispatch() == (0, 1)

    event.refresh_from_db()
    assert event.status == OutboxStatus.PARKED
    assert event.last_error
    assert runs == []


@pytest.mark.django_db
def test_one_poisoned_event_does_not_stop_the_others():
    seen = []
    add_handler(seen.append)

    def fail(event: Poison) -> None:
        raise RuntimeError

    add_handler(fail, event_class=Poison)
    published(Poison(uuid7()), Made(uuid7()), Poison(uuid7()), Made(uuid7()))

    assert dispatch() == (2, 2)
    assert len(seen) == 2


@pytest.mark.django_db
def test_stored_event_that_cannot_be_read_is_parked_and_not_lost():
    add_handler(lambda event: None)
    event = OutboxEvent.objects.create(topic=Made.topic, payload={"thing_id": "no uuid"})

    assert dispatch() == (0, 1)
    event.refresh_from_db()
    assert event.status == OutboxStatus.PENDING
    assert "ValueError" in event.last_error


@pytest.mark.django_db
def test_event_of_a_newer_release_waits_for_a_dispatcher_that_knows_it():
    event = OutboxEvent.objects.create(topic="test.from_tomorrow", payload={})

    assert dispatch() == (0, 1)
    event.refresh_from_db()
    assert (event.status, event.done_at) == (OutboxStatus.PENDING, None)


@pytest.mark.django_db
def test_event_that_nobody_handles_is_done():
    published()

    assert dispatch() == (1, 0)


@pytest.mark.django_db
def test_handler_publishes_what_follows():
    seen = []
    add_handler(lambda event: publish(Effect(event.thing_id)))
    add_handler(seen.append, event_class=Effect)
    published()

    assert dispatch() == (2, 0)
    assert len(seen) == 1


@pytest.mark.django_db(transaction=True)
def test_external_handler_runs_outside_any_transaction():
    inside = []
    add_handler(lambda event: inside.append(connection.in_atomic_block), external=True)
    published()

    dispatch()

    assert inside == [False]


@pytest.mark.django_db(transaction=True)
def test_external_handler_runs_again_when_it_was_not_marked():
    """Killed between the call and the mark: at least once is all that can be had."""
    runs = []

    def call(event: Made) -> None:
        runs.append(event)
        if len(runs) == 1:
            raise KeyboardInterrupt

    add_handler(call, external=True)
    event = published()
    with pytest.raises(KeyboardInterrupt):
        dispatch()
    before_lease_ends = dispatch()
    make_due(event)

    assert before_lease_ends == (0, 0)
    assert dispatch() == (1, 0)
    assert len(runs) == 2


@pytest.mark.django_db(transaction=True)
def test_handler_does_not_run_again_after_a_kill_before_the_event_was_done():
    """The effect and the mark are one transaction; only the word that all is done is lost."""

    def make(event: Made) -> None:
        publish(Effect(event.thing_id))

    add_handler(make)
    event = published()
    claimed = services._claim()
    assert services._run(registry.handlers_of(Made.topic)[0], claimed) == ""  # and killed here
    assert dispatch(limit=1) == (1, 0)  # the effect
    assert dispatch() == (0, 0)
    make_due(event)

    assert dispatch() == (1, 0)
    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_kill_in_the_middle_of_a_handler_leaves_nothing_and_it_runs_again():
    runs = []

    def make(event: Made) -> None:
        publish(Effect(event.thing_id))
        runs.append(event)
        if len(runs) == 1:
            raise KeyboardInterrupt

    add_handler(make)
    event = published()
    with pytest.raises(KeyboardInterrupt):
        dispatch()
    after_kill = effects()
    make_due(event)
    dispatch()

    assert (after_kill, effects(), len(runs)) == (0, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_each_event_is_handled_once_by_many_dispatchers():
    def make(event: Made) -> None:
        publish(Effect(event.thing_id))

    add_handler(make)
    published(*(Made(uuid7()) for _ in range(40)))

    results = run_in_parallel(dispatch, times=4)

    assert sum(done for done, _failed in results) == 80
    assert effects() == 40
    assert not OutboxEvent.objects.exclude(status=OutboxStatus.DONE).exists()


@pytest.mark.django_db(transaction=True)
def test_dispatcher_that_takes_over_an_expired_lease_does_not_repeat_the_handler():
    """Both hold the event; the mark, which is written first, decides."""

    def make(event: Made) -> None:
        publish(Effect(event.thing_id))

    add_handler(make)
    event = published()
    first = services._claim()
    make_due(event)
    second = services._claim()

    run_in_parallel(services._hand_over, arguments=[first, second])

    event.refresh_from_db()
    assert effects() == 1
    assert event.status == OutboxStatus.DONE
    assert len(event.handled_by) == 1


@pytest.mark.django_db
def test_replay_puts_a_parked_event_back():
    seen = []
    add_handler(seen.append)
    event = published()
    OutboxEvent.objects.update(status=OutboxStatus.PARKED, attempts=MAX_ATTEMPTS)

    assert dispatch() == (0, 0)
    assert replay(event.pk)
    assert dispatch() == (1, 0)
    assert len(seen) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("status", [OutboxStatus.PENDING, OutboxStatus.DONE])
def test_replay_of_what_is_not_parked_changes_nothing(status):
    event = published()
    OutboxEvent.objects.update(status=status)

    assert not replay(event.pk)
    assert not replay(uuid7())
    event.refresh_from_db()
    assert event.status == status


@pytest.mark.django_db
def test_command_hands_over_and_says_how_many():
    seen = []
    add_handler(seen.append)
    published(Made(uuid7()), Made(uuid7()))
    output = StringIO()

    call_command("dispatch_outbox", stdout=output)

    assert output.getvalue() == "done=2 failed=0 pruned=0\n"
    assert len(seen) == 2


@pytest.mark.django_db
def test_command_prunes_only_what_was_done_long_ago():
    long_ago = timezone.now() - timedelta(days=15)
    old, fresh, parked = (published(Made(uuid7())) for _ in range(3))
    old, fresh, parked = OutboxEvent.objects.order_by("pk")
    OutboxEvent.objects.filter(pk=old.pk).update(status=OutboxStatus.DONE, done_at=long_ago)
    OutboxEvent.objects.filter(pk=fresh.pk).update(status=OutboxStatus.DONE, done_at=timezone.now())
    OutboxEvent.objects.filter(pk=parked.pk).update(status=OutboxStatus.PARKED)
    output = StringIO()

    call_command("dispatch_outbox", "--prune", stdout=output)

    assert output.getvalue() == "done=0 failed=0 pruned=1\n"
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {fresh.pk, parked.pk}
    assert prune_done() == 0


@pytest.mark.django_db
def test_task_hands_over():
    seen = []
    add_handler(seen.append)
    published()

    dispatch_task()

    assert len(seen) == 1


@pytest.fixture
def staff_client() -> Client:
    user = get_user_model().objects.create_superuser("x", email="root@example.test", full_name="R")
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_admin_replays_parked_events_and_names_the_others(staff_client):
    published(Made(uuid7()), Made(uuid7()))
    parked, pending = OutboxEvent.objects.order_by("pk")
    OutboxEvent.objects.filter(pk=parked.pk).update(status=OutboxStatus.PARKED, attempts=12)

    response = staff_client.post(
        "/admin/outbox/outboxevent/",
        {"action": "replay_events", "_selected_action": [parked.pk, pending.pk]},
        follow=True,
    )

    parked.refresh_from_db()
    assert (parked.status, parked.attempts) == (OutboxStatus.PENDING, 0)
    assert "Only a parked event can be replayed." in response.content.decode()
    assert "Done for 1 row." in response.content.decode()


@pytest.mark.django_db
def test_admin_without_the_permission_cannot_replay():
    user = get_user_model().objects.create(email="an@example.test", full_name="An", is_staff=True)
    client = Client()
    client.force_login(user)
    event = published()
    OutboxEvent.objects.update(status=OutboxStatus.PARKED)

    response = client.post(
        "/admin/outbox/outboxevent/", {"action": "replay_events", "_selected_action": [event.pk]}
    )

    event.refresh_from_db()
    assert response.status_code == 403
    assert event.status == OutboxStatus.PARKED
