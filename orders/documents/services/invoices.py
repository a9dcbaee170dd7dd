"""Invoicing an order to its buyer."""

from uuid import UUID

from django.db import transaction

from orders.documents.constants import DocumentKind
from orders.documents.errors import InvoiceNotIssued
from orders.documents.models import Document
from orders.documents.selectors.invoices import invoice_facts
from orders.documents.services.issuing import Draft, issue, lock_series
from orders.models import Order


@transaction.atomic
def issue_invoice(order_id: UUID) -> Document:
    """Invoice an order whose goods have arrived, in the name of its shop.

    Idempotent: an order has one invoice, however often it is asked for. Locks: the shop's series.
    Raises: InvoiceNotIssued before the goods are there. Publishes: documents.issued.
    """
    order = Order.objects.select_related("shop", "buyer").get(pk=order_id)
    if order.delivered_at is None:
        raise InvoiceNotIssued
    series = lock_series(DocumentKind.INVOICE, shop=order.shop)
    issued = Document.objects.invoices_of(order).first()
    if issued is not None:
        return issued
    draft = Draft(
        kind=DocumentKind.INVOICE,
        shop=order.shop,
        order=order,
        language=order.buyer.language,
        currency=order.currency,
        amount=order.total_amount,
        facts=invoice_facts(order),
    )
    return issue(draft, series)


def orders_without_invoice(limit: int) -> list[UUID]:
    """Return the ids of delivered orders that were never invoiced, in the order of delivery."""
    orders = Order.objects.filter(delivered_at__isnull=False, documents=None)
    return list(orders.order_by("delivered_at", "pk").values_list("pk", flat=True)[:limit])
