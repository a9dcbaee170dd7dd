from datetime import UTC, datetime

import pytest
import time_machine

from notifications.webhooks.tests.receiver import running_receiver

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver
