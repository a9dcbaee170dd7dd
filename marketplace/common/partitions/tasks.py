"""Celery entry of the rotation."""

from celery import shared_task

from marketplace.common.partitions import services


@shared_task(name="partitions.rotate")
def rotate_task() -> str:
    return str(services.rotate_partitions())
