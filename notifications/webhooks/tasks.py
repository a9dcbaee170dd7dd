"""Celery's entry to webhooks."""

from celery import shared_task

from marketplace.common.outbox import nudge
from notifications.webhooks.services import pruning, sending
from notifications.webhooks.services.making import SEND_TASK


@shared_task(name=SEND_TASK)
def send_task() -> None:
    nudge.taken(SEND_TASK)
    sending.send_due()


@shared_task(name="webhooks.prune")
def prune_task() -> None:
    pruning.prune_log()
