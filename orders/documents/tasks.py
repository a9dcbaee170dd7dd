"""Celery's entries to documents."""

from uuid import UUID

from celery import shared_task

from marketplace.common.media import StorageUnavailable
from orders.documents import jobs
from orders.documents.services.rendering import render_document


@shared_task(
    name="documents.render",
    autoretry_for=(StorageUnavailable,),
    retry_backoff=2,
    max_retries=4,
    soft_time_limit=120,
    time_limit=150,
    # It may be the document that kills; the periodic job makes up for it.
    reject_on_worker_lost=False,
)
def render_task(document_id: str) -> None:
    render_document(UUID(document_id))


@shared_task(name="documents.render_overdue")
def render_overdue_task() -> None:
    jobs.render_documents()


@shared_task(name="documents.issue_statements")
def issue_statements_task() -> None:
    jobs.issue_statements()
