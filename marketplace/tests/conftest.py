"""Fixtures of the tests of the whole site."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from marketplace.common.testing.processes import database_url
from marketplace.tests.workers import Redis, Worker
from marketplace.tests.world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once, as that takes longer than most tests; what a test does to it is rolled back."""
    atomic = transaction.atomic()
    atomic._from_testcase = True  # lets `durable` blocks run inside, as Django's TestCase does
    with django_db_blocker.unblock(), atomic:
        yield make_world()
        transaction.set_rollback(True)


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
