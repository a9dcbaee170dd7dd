"""The Celery application: `celery -A marketplace worker` and `celery -A marketplace beat`."""

from celery import Celery

from marketplace.broker import install
from marketplace.environment import prepare

prepare()
install()
app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
