"""The periodic job of imports; the command and the Celery tasks are ways into it."""

from catalog.bulk.services import due_imports, run_import
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock


def run_imports(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Work off imports, one after the other, the oldest first.

    One runs at a time, so that sellers' files never take all workers from orders and mail.
    Idempotent and safe beside itself.
    """
    with job_lock("catalog.run_imports") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = due_imports(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, run_import)
