"""Fixtures of the tests of the whole site."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from marketplace.common.testing import made_once
from marketplace.common.testing.processes import database_url
from marketplace.tests.workers import Redis, Worker
from marketplace.tests.world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with made_once(django_db_blocker):
        yield make_world()


@pytest.fixture
def redis(tmp_path, monkeypatch):
    server = Redis(tmp_path)
    for name, value in {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.dev",
        "DATABASE_URL": database_url(),
        "REDIS_URL": server.url,
        "DATA_DIR": str(tmp_path),
        "RATE_LIMIT_ENABLED": "0",
        "LOCAL_TIME_ZONE": "UTC",
    }.items():
        monkeypatch.setenv(name, value)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def worker(redis, tmp_path):
    worker = Worker(tmp_path)
    worker.start()
    yield worker
    worker.kill()


@pytest.fixture
def beat(redis):
    """Start these periodic tasks, as beat does, when the test says so."""
    app = Celery(broker=redis.url, set_as_current=False)
    queue = settings.CELERY_TASK_DEFAULT_QUEUE

    def tick(*tasks: str) -> None:
        for task in tasks:
            app.send_task(task, queue=queue, ignore_result=True)

    yield tick
    app.close()
