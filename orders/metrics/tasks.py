"""Celery's entry to the periodic job of metrics."""

from celery import shared_task

from marketplace.common.jobs import JobResult
from orders.metrics import jobs


@shared_task(name="metrics.rollup")
def rollup_metrics_task() -> JobResult:
    return jobs.rollup_metrics()
