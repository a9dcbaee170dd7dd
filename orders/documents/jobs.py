"""Periodic jobs of documents; the commands and the Celery tasks are two ways into them."""

from uuid import UUID

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock
from orders.documents.services.invoices import issue_invoice, orders_without_invoice
from orders.documents.services.rendering import overdue_documents, render_document


def render_documents(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Make the files of documents that no worker has made in time.

    Idempotent and safe beside itself.
    """
    with job_lock("documents.render") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = overdue_documents(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, render_document)


def issue_invoices(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Invoice orders that were delivered before there were invoices, as far as there are any.

    Idempotent and safe beside itself.
    """
    with job_lock("documents.issue_invoices") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = orders_without_invoice(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, _invoice)


def _invoice(order_id: UUID) -> bool:
    return issue_invoice(order_id).number != ""
