from celery import shared_task

from accounts import services


@shared_task(name="accounts.prune")
def prune_task() -> int:
    return sum(services.prune_sign_ins())
