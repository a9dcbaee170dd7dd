"""A document as an answer of the API."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.response import Response

from orders.documents.api.serializers import PreparingSerializer
from orders.documents.constants import PDF_TYPE, RETRY_AFTER_SECONDS, DocumentStatus
from orders.documents.models import Document
from orders.documents.responses import file_response

# What the OpenAPI document says of it.
PDF_RESPONSES: dict[Any, Any] = {(200, PDF_TYPE): OpenApiTypes.BINARY, 202: PreparingSerializer}


def pdf_response(document: Document | None) -> HttpResponse | Response:
    """Answer with a document's file, or with 202 while it is being issued or made."""
    if document is not None and document.file.status == DocumentStatus.READY:
        return file_response(document)
    number = None if document is None else document.number
    body = {"number": number, "status": DocumentStatus.PREPARING}
    return Response(
        PreparingSerializer(body).data,
        status=202,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
