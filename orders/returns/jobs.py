"""Periodic jobs of returns; the command and the Celery task are two ways into them."""

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock
from orders.returns.services.answering import enforce_deadline, overdue_returns


def enforce_return_deadlines(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Approve returns that their sellers did not answer, end those that were never sent.

    Idempotent and safe beside itself.
    """
    with job_lock("returns.enforce_deadlines") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = overdue_returns(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, enforce_deadline)
