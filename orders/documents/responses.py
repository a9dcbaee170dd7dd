"""Files as answers, of the API and of the console."""

from django.http import HttpResponse

from orders.documents.constants import PDF_TYPE
from orders.documents.models import Document
from orders.documents.services.rendering import read_document


def file_response(document: Document) -> HttpResponse:
    """Answer with a document's file to be saved, which must have been made.

    Raises: StorageUnavailable.
    """
    return HttpResponse(
        read_document(document.file),
        content_type=PDF_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{document.number}.pdf"'},
    )
