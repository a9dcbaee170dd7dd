"""Celery's entries to the periodic jobs of standing."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders.standing import jobs


@shared_task(name="standing.enforce_deadlines")
def enforce_deadlines_task() -> JobResult:
    return jobs.enforce_deadlines()


@shared_task(name="standing.rollup")
def rollup_standing_task() -> JobResult:
    return jobs.rollup_standing()
