"""Documents for tests, issued the way they are, and what is written in their files."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader

from orders.documents.models import Document
from orders.documents.pdf import render
from orders.documents.services.invoices import issue_invoice
from orders.documents.services.rendering import render_document
from orders.models import Order
from orders.returns.tests.factories import deliver
from orders.tests.factories import place_one


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
