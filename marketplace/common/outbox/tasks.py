from celery import shared_task

from marketplace.common.outbox import services


@shared_task(name="outbox.dispatch")
def dispatch_task() -> int:
    return sum(services.dispatch())


@shared_task(name="outbox.prune")
def prune_task() -> int:
    return services.prune_done()
