"""What a broker that does not answer costs the requests that publish."""

import pytest
from celery import current_app

from marketplace.common.outbox import nudge
from marketplace.common.outbox.tasks import dispatch_task

FAILS = 2


@pytest.fixture
def tries(monkeypatch) -> list[int]:
    """The tries to reach a broker that comes back after FAILS of them."""
    made: list[int] = []

    def send_task(name: str, **options: object) -> None:
        made.append(len(made) + 1)
        if made[-1] == FAILS:
            nudge._send(
                nudge.DISPATCH_TASK
            )  # another thread's, while this one waits for the silent broker
        if made[-1] <= FAILS:
            raise OSError("no broker")

    monkeypatch.setattr(current_app, "send_task", send_task)
    monkeypatch.setattr(nudge, "_closed_until", 0.0)
    return made


def end_pause(monkeypatch) -> None:
    nudge.taken(nudge.DISPATCH_TASK)
    monkeypatch.setattr(nudge, "_closed_until", 0.001)


def test_silent_broker_is_asked_by_one_thread_for_all(tries, monkeypatch):
    nudge._send(nudge.DISPATCH_TASK)
    nudge._send(nudge.DISPATCH_TASK)
    assert tries == [1]

    end_pause(monkeypatch)
    nudge._send(nudge.DISPATCH_TASK)
    nudge._send(nudge.DISPATCH_TASK)
    assert tries == [1, 2]

    end_pause(monkeypatch)
    nudge._send(nudge.DISPATCH_TASK)
    nudge.taken(nudge.DISPATCH_TASK)
    nudge._send(nudge.DISPATCH_TASK)
    assert tries == [1, 2, 3, 4]


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: names.append(name))
    monkeypatch.setattr(nudge, "_closed_until", 0.0)
    nudge.taken(nudge.DISPATCH_TASK)
    return names


def test_nudge_that_waits_to_be_taken_stands_for_all(sent):
    nudge._send(nudge.DISPATCH_TASK)
    nudge._send(nudge.DISPATCH_TASK)
    nudge._send("other.task")
    assert sent == [nudge.DISPATCH_TASK, "other.task"]

    nudge.taken(nudge.DISPATCH_TASK)
    nudge._send(nudge.DISPATCH_TASK)
    assert sent == [nudge.DISPATCH_TASK, "other.task", nudge.DISPATCH_TASK]


def test_task_takes_the_nudge_before_it_looks(sent, db):
    nudge._send(nudge.DISPATCH_TASK)
    dispatch_task()
    nudge._send(nudge.DISPATCH_TASK)

    assert len(sent) == 2
