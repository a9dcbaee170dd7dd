"""Documents as PDF. Pure: the same document makes the same bytes, whenever and wherever."""

from marketplace.common.pdf import drawing
from orders.documents.constants import DocumentKind
from orders.documents.models import Document
from orders.documents.pdf.invoice import invoice_pdf
from orders.documents.pdf.statement import statement_pdf


def render(document: Document) -> bytes:
    """Return a document's PDF, made of nothing but its own row."""
    with drawing:
        match DocumentKind(document.kind):
            case DocumentKind.INVOICE:
                return invoice_pdf(document)
            case DocumentKind.STATEMENT:
                return statement_pdf(document)
