from celery import shared_task

from marketplace.common.outbox import services


@shared_task(name="outbox.dispatch")
def dispatch_task() -> None:
    services.dispatch()
