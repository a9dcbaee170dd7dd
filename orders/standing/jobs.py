"""Periodic jobs of standing; the commands and the Celery tasks are two ways into them."""

from functools import partial

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_through
from orders.standing.constants import Obligation
from orders.standing.services import (
    cancel_late_order,
    count_standings,
    orders_to_cancel,
    orders_to_warn_of,
    warn_of_deadline,
)


def enforce_deadlines(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Warn shops of orders that are nearly late, and cancel those that stay late.

    Each order in a transaction of its own, skipping one that somebody works on: killed in the
    middle, the next run goes on. Idempotent, and safe beside itself without a lock.
    """
    total = JobResult()
    for obligation in (Obligation.CONFIRM, Obligation.HAND_OVER):
        for find, work in (
            (orders_to_warn_of, warn_of_deadline),
            (orders_to_cancel, cancel_late_order),
        ):
            due = find(obligation, limit)
            if dry_run:
                total.done += len(due)
                continue
            result = work_through(due, partial(work, obligation=obligation))
            total.done += result.done
            total.skipped += result.skipped
            total.failed += result.failed
    return total


@one_at_a_time("standing.rollup")
def rollup_standing() -> JobResult:
    """Count the last 30 days of every shop. Idempotent and safe beside itself."""
    return JobResult(done=count_standings())
