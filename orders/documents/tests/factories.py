"""Documents for tests, issued the way they are, and what is written in their files."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import time_machine
from django.utils import timezone
from pypdf import PdfReader

from orders.documents.models import Document
from orders.documents.months import Month
from orders.documents.pdf import render
from orders.documents.services.invoices import issue_invoice
from orders.documents.services.rendering import render_document
from orders.documents.services.statements import issue_statement
from orders.models import Order
from orders.returns.tests.factories import deliver
from orders.tests.factories import place_one
from shops.models import Shop


def delivered_cash(quantity: int = 1, **kwargs: Any) -> Order:
    """Return a delivered order whose cash the carrier collected."""
    return deliver(place_one(quantity, **kwargs))


def ready_invoice(order: Order | None = None) -> Document:
    """Return an invoice whose file is there."""
    invoice = issue_invoice((order or delivered_cash()).pk)
    render_document(invoice.pk)
    return Document.objects.select_related("file").get(pk=invoice.pk)


def pages(content: bytes) -> list[str]:
    """Return the text of each page; what no line may break at is a plain space."""
    return [
        page.extract_text().replace("\N{NO-BREAK SPACE}", " ")
        for page in PdfReader(BytesIO(content)).pages
    ]


def written(document: Document) -> str:
    """Return all that a document's PDF says, in one line."""
    return " ".join(" ".join(pages(render(document))).split())


def ready_statement(shop: Shop) -> Document:
    """Return a statement of the present month, made when the month will be over."""
    month = Month.of(timezone.now())
    with time_machine.travel(month.end + timedelta(days=1), tick=False):
        statement = issue_statement(shop.pk, month=month)
    render_document(statement.pk)
    return Document.objects.select_related("file").get(pk=statement.pk)
