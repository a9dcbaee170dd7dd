"""Celery's entry to deliveries."""

from celery import shared_task

from marketplace.common.outbox import nudge
from notifications.services import digest, sending
from notifications.services.telling import SEND_TASK


@shared_task(name=SEND_TASK)
def send_task() -> None:
    nudge.taken(SEND_TASK)
    sending.send_due()


@shared_task(name="notifications.digest")
def digest_task() -> None:
    digest.send_digests()
