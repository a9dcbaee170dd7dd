"""The Celery application: `celery -A marketplace worker` and `celery -A marketplace beat`."""

import gc
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process

from marketplace.broker import install
from marketplace.environment import prepare

prepare()
install()

from marketplace.monitoring.start import watch  # noqa: E402 - needs the settings
from marketplace.monitoring.tasks import WatchedTask  # noqa: E402

watch()
app = Celery("marketplace", task_cls=WatchedTask, amqp="marketplace.broker:AMQP")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def keep_memory_shared(**_: Any) -> None:
    """Leave what has been loaded to parent and children together.

    A child's collector writes into every object that it looks at, and so copies its page.
    """
    gc.collect()
    gc.freeze()
