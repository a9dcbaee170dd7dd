"""The periodic job of imports; the command and the Celery tasks are ways into it."""

from catalog.bulk.services import due_imports, run_import
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off


@one_at_a_time("catalog.run_imports")
def run_imports(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Work off imports, one after the other, the oldest first.

    One runs at a time, so that sellers' files never take all workers from orders and mail.
    Idempotent and safe beside itself.
    """
    return work_off(due_imports(limit), run_import, dry_run=dry_run)
