"""Celery's entries to the periodic jobs of orders."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders import jobs


@shared_task(name="orders.expire_checkouts")
def expire_checkouts_task() -> JobResult:
    return jobs.expire_checkouts()


@shared_task(name="orders.complete_delivered")
def complete_delivered_task() -> JobResult:
    return jobs.complete_delivered_orders()
