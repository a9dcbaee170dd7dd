"""Periodic jobs of documents; the commands and the Celery tasks are two ways into them."""

from functools import partial
from uuid import UUID

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time, work_off, work_through
from orders.documents.months import Month
from orders.documents.services.invoices import issue_invoice, orders_without_invoice
from orders.documents.services.rendering import overdue_documents, render_document
from orders.documents.services.statements import due_statements, issue_statement


@one_at_a_time("documents.render")
def render_documents(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Make the files of documents that no worker has made in time.

    Idempotent and safe beside itself.
    """
    return work_off(overdue_documents(limit), render_document, dry_run=dry_run)


@one_at_a_time("documents.issue_statements")
def issue_statements(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """State the months that are over to the shops whose balance moved in them.

    Idempotent and safe beside itself.
    """
    due = due_statements(limit)
    if dry_run:
        return JobResult(done=sum(map(len, due.values())))
    result = JobResult()
    for month, shops in due.items():
        done = work_through(shops, partial(_state, month))
        result.done += done.done
        result.failed += done.failed
    return result


@one_at_a_time("documents.issue_invoices")
def issue_invoices(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Invoice orders that were delivered before there were invoices, as far as there are any.

    Idempotent and safe beside itself.
    """
    return work_off(orders_without_invoice(limit), _invoice, dry_run=dry_run)


def _state(month: Month, shop_id: UUID) -> bool:
    issue_statement(shop_id, month=month)
    return True


def _invoice(order_id: UUID) -> bool:
    issue_invoice(order_id)
    return True
