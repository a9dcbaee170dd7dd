from celery import shared_task

from catalog.alerts import services


@shared_task(name="alerts.prune")
def prune_task() -> None:
    services.prune_told()
