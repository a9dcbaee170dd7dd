import time

import pytest
from celery import Celery
from kombu.exceptions import OperationalError


def test_sending_to_a_lost_broker_fails_at_once():
    app = Celery("without-broker", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.task_always_eager = False
    app.conf.broker_url = "redis://127.0.0.1:1/0"

    started = time.monotonic()
    with pytest.raises(OperationalError):
        app.send_task("outbox.dispatch", retry=False, ignore_result=True)

    assert time.monotonic() - started < 30
