"""Real realtime processes, shared by the tests that leave them as they were."""

import signal
from collections.abc import Iterator

import pytest

from accounts.tests.factories import UserFactory
from marketplace.realtime.tests.client import Realtime, free_port


@pytest.fixture(scope="session")
def realtime(django_db_setup: None) -> Iterator[Realtime]:
    process = Realtime(LIVE_CONNECTIONS_PER_USER="3")
    yield process
    assert process.stop() == -signal.SIGTERM


@pytest.fixture(scope="session")
def lonely_realtime(django_db_setup: None) -> Iterator[Realtime]:
    """One that hears no hints, as it has no Redis, and whose time runs faster."""
    process = Realtime(
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
        LIVE_AUTH_SECONDS="2",
        LIVE_HEARTBEAT_SECONDS="0.3",
        LIVE_PING_SECONDS="1",
        LIVE_SWEEP_SECONDS="0.2",
    )
    yield process
    assert process.stop() == -signal.SIGTERM


@pytest.fixture
def user():
    return UserFactory()
