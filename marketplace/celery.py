"""The Celery application: `celery -A marketplace worker` and `celery -A marketplace beat`."""

import gc
import logging
from typing import Any

from celery import Celery, Task
from celery.signals import worker_before_create_process

from marketplace.broker import install
from marketplace.environment import prepare

prepare()
install()
logger = logging.getLogger(__name__)


class MarketplaceTask(Task):
    """Tells what it did, if it did anything: most runs of periodic tasks find nothing to do."""

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        if retval:
            logger.info("%s: %s", self.name, retval)


app = Celery("marketplace", task_cls=MarketplaceTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def keep_memory_shared(**_: Any) -> None:
    """Leave what has been loaded to parent and children together.

    A child's collector writes into every object that it looks at, and so copies its page.
    """
    gc.collect()
    gc.freeze()
