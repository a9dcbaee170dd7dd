from celery import shared_task

from marketplace.common.outbox import nudge, services


@shared_task(name=nudge.DISPATCH_TASK)
def dispatch_task() -> int:
    nudge.taken(nudge.DISPATCH_TASK)
    return sum(services.dispatch())


@shared_task(name="outbox.prune")
def prune_task() -> int:
    return services.prune_done()
