from celery import shared_task

from marketplace.common.idempotency import services
from marketplace.common.limits.services import prune_counters


@shared_task(name="idempotency.prune")
def prune_task() -> int:
    return services.prune_keys() + prune_counters()
