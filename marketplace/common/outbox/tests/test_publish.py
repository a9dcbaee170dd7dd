"""An event is written with what it tells of, or not at all."""

import socket
import time
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest
from celery import current_app
from django.db import transaction

from marketplace.common.ids import uuid7
from marketplace.common.outbox import nudge
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import publish


@dataclass(frozen=True)
class ThingMade(Event):
    topic: ClassVar[str] = "test.thing_made"
    thing_id: UUID
    owner_id: UUID | None = None
    note: str = ""
    count: int = 0


class Undone(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_publish_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        publish(ThingMade(uuid7()))

    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_event_goes_with_its_transaction():
    with pytest.raises(Undone), transaction.atomic():
        publish(ThingMade(uuid7()))
        raise Undone

    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_event_is_stored_with_the_id_it_is_about():
    thing_id = uuid7()

    publish(ThingMade(thing_id, note="Áo", count=2))

    event = OutboxEvent.objects.get()
    assert (event.topic, event.key, event.status) == ("test.thing_made", str(thing_id), "pending")
    assert event.payload == {
        "thing_id": str(thing_id), "owner_id": None, "note": "Áo", "count": 2,
    }  # fmt: skip


@pytest.mark.django_db
def test_publish_of_nothing_writes_nothing():
    publish()

    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("owner_id", [None, uuid7()])
def test_event_survives_being_stored(owner_id):
    event = ThingMade(uuid7(), owner_id, "Áo", 2)

    assert ThingMade.from_payload(event.payload()) == event


def test_stored_event_of_another_version_is_read():
    thing_id = uuid7()
    payload = {"thing_id": str(thing_id), "dropped_since": 1}

    assert ThingMade.from_payload(payload) == ThingMade(thing_id)


@pytest.fixture
def broker_at(settings, monkeypatch):
    monkeypatch.setattr(current_app.conf, "task_always_eager", False)
    """Send nudges to another port."""
    settings.OUTBOX_NUDGE = True
    monkeypatch.setattr(nudge, "_closed_until", 0.0)
    before = current_app.conf.broker_url

    def move(url: str) -> None:
        current_app.conf.broker_url = url
        current_app._pool = current_app.amqp._producer_pool = None

    yield lambda port: move(f"redis://127.0.0.1:{port}/0")
    move(before)


def publish_and_commit() -> float:
    started = time.monotonic()
    with transaction.atomic():
        publish(ThingMade(uuid7()), ThingMade(uuid7()))
        publish(ThingMade(uuid7()))
    return time.monotonic() - started


@pytest.mark.django_db(transaction=True)
def test_broker_that_refuses_costs_no_event_and_no_time(broker_at, caplog):
    broker_at(1)

    first, second = publish_and_commit(), publish_and_commit()

    assert OutboxEvent.objects.filter(status=OutboxStatus.PENDING).count() == 6
    assert caplog.text.count("The broker is not available") == 1
    assert first < 1
    assert second < 0.2


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_silent_costs_no_event_and_little_time(broker_at, caplog):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        broker_at(silent.getsockname()[1])

        first, second = publish_and_commit(), publish_and_commit()

    assert OutboxEvent.objects.filter(status=OutboxStatus.PENDING).count() == 6
    assert caplog.text.count("The broker is not available") == 1
    assert first < 3
    assert second < 0.2
