"""Periodic jobs of documents; the commands and the Celery tasks are two ways into them."""

from functools import partial
from uuid import UUID

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.locks import job_lock
from orders.documents.months import Month
from orders.documents.services.invoices import issue_invoice, orders_without_invoice
from orders.documents.services.rendering import overdue_documents, render_document
from orders.documents.services.statements import due_statements, issue_statement


def render_documents(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Make the files of documents that no worker has made in time.

    Idempotent and safe beside itself.
    """
    with job_lock("documents.render") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = overdue_documents(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, render_document)


def issue_statements(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """State the months that are over to the shops whose balance moved in them.

    Idempotent and safe beside itself.
    """
    with job_lock("documents.issue_statements") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = due_statements(limit)
        if dry_run:
            return JobResult(done=sum(map(len, due.values())))
        result = JobResult()
        for month, shops in due.items():
            done = work_through(shops, partial(_state, month))
            result.done += done.done
            result.failed += done.failed
        return result


def issue_invoices(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Invoice orders that were delivered before there were invoices, as far as there are any.

    Idempotent and safe beside itself.
    """
    with job_lock("documents.issue_invoices") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        due = orders_without_invoice(limit)
        return JobResult(done=len(due)) if dry_run else work_through(due, _invoice)


def _state(month: Month, shop_id: UUID) -> bool:
    issue_statement(shop_id, month=month)
    return True


def _invoice(order_id: UUID) -> bool:
    issue_invoice(order_id)
    return True
