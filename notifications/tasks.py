"""Celery's entry to deliveries."""

from celery import shared_task

from notifications.services import digest, sending


@shared_task(name="notifications.send")
def send_task() -> None:
    sending.send_due()


@shared_task(name="notifications.digest")
def digest_task() -> None:
    digest.send_digests()
