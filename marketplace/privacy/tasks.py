from celery import shared_task

from marketplace.privacy.retention import enforce_retention


@shared_task(name="privacy.enforce_retention")
def enforce_retention_task() -> int:
    return sum(enforce_retention().values())
