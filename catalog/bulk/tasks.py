"""Celery's entry to imports."""

from celery import shared_task

from catalog.bulk import jobs
from marketplace.common.jobs import JobResult

# Each run takes one file, so that none of them comes near the time limit of a task.
_FILES = 1


@shared_task(name="catalog.run_imports")
def run_imports_task() -> JobResult:
    return jobs.run_imports(limit=_FILES)
