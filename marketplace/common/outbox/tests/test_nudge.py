"""What a broker that does not answer costs the requests that publish."""

import pytest

from marketplace.common.outbox import nudge
from marketplace.common.outbox.tasks import dispatch_task

FAILS = 2


@pytest.fixture
def tries(monkeypatch) -> list[int]:
    """The tries to reach a broker that comes back after FAILS of them."""
    made: list[int] = []

    def apply_async(**options: object) -> None:
        made.append(len(made) + 1)
        if made[-1] == FAILS:
            nudge._send()  # another thread's, while this one waits for the silent broker
        if made[-1] <= FAILS:
            raise OSError("no broker")

    monkeypatch.setattr(dispatch_task, "apply_async", apply_async)
    monkeypatch.setattr(nudge, "_closed_until", 0.0)
    return made


def end_pause(monkeypatch) -> None:
    monkeypatch.setattr(nudge, "_closed_until", 0.001)


def test_silent_broker_is_asked_by_one_thread_for_all(tries, monkeypatch):
    nudge._send()
    nudge._send()
    assert tries == [1]

    end_pause(monkeypatch)
    nudge._send()
    nudge._send()
    assert tries == [1, 2]

    end_pause(monkeypatch)
    nudge._send()
    nudge._send()
    assert tries == [1, 2, 3, 4]
