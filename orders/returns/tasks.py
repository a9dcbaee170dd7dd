"""Celery's entry to the periodic job of returns."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders.returns import jobs


@shared_task(name="returns.enforce_deadlines")
def enforce_return_deadlines_task() -> JobResult:
    return jobs.enforce_return_deadlines()
