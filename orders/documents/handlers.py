"""When invoices are issued, and who makes the files."""

from contextlib import suppress

from accounts import hooks as accounts_hooks
from marketplace.common.outbox.registry import handles
from orders.constants import OrderStatus
from orders.documents.errors import InvoiceNotIssued
from orders.documents.events import DocumentIssued
from orders.documents.selectors.invoices import held_invoices
from orders.documents.services.invoices import issue_invoice
from orders.documents.tasks import render_task
from orders.events import OrderStatusChanged

accounts_hooks.export_sections["invoices"] = held_invoices


@handles(OrderStatusChanged)
def invoice_delivered_order(event: OrderStatusChanged) -> None:
    """Invoice what has arrived: what never does needs no invoice, and no credit note."""
    if event.to_status == OrderStatus.DELIVERED:
        with suppress(InvoiceNotIssued):  # it has been set right since: nothing has arrived
            issue_invoice(event.order_id)


@handles(DocumentIssued, external=True)
def render_issued_document(event: DocumentIssued) -> None:
    """Have the file made by a task of its own, so that no other event waits for it."""
    render_task.delay(str(event.document_id))
