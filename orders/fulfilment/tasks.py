"""Celery's entries to the periodic jobs of fulfilment."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders.fulfilment import jobs


@shared_task(name="fulfilment.book_shipments")
def book_shipments_task() -> JobResult:
    return jobs.book_shipments()


@shared_task(name="fulfilment.poll_shipments")
def poll_shipments_task() -> JobResult:
    return jobs.poll_shipments()
