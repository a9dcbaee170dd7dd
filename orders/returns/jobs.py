"""Periodic jobs of returns; the command and the Celery task are two ways into them."""

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off
from orders.returns.services.answering import enforce_deadline, overdue_returns


@one_at_a_time("returns.enforce_deadlines")
def enforce_return_deadlines(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Approve returns that their sellers did not answer, end those that were never sent.

    Idempotent and safe beside itself.
    """
    return work_off(overdue_returns(limit), enforce_deadline, dry_run=dry_run)
