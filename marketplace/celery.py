"""The Celery application: `celery -A marketplace worker` and `celery -A marketplace beat`."""

import logging
from typing import Any

from celery import Celery, Task

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
