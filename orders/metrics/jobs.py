"""The periodic job of metrics; the command and the Celery task are two ways into it."""

from collections.abc import Callable
from datetime import date

from marketplace.common.jobs import JobResult, one_at_a_time
from marketplace.common.local_days import days_between
from orders.metrics.services import count_changes, count_days


@one_at_a_time("metrics.rollup")
def rollup_metrics(
    first: date | None = None,
    last: date | None = None,
    *,
    on_progress: Callable[[int], None] = lambda n: None,
) -> JobResult:
    """Count what has changed since the last run, or the days from the first to the last.

    Idempotent and safe beside itself.
    """
    if first is None or last is None:
        return JobResult(done=count_changes())
    return JobResult(done=count_days(days_between(first, last), on_progress=on_progress))
