"""Monthly statements of the caller's shop."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from orders.documents.api.responses import PDF_RESPONSES, pdf_response
from orders.documents.api.serializers import StatementDetailSerializer, StatementSerializer
from orders.documents.models import Document
from shops.api.permissions import SellerMoneyMixin


@extend_schema(tags=["seller"])
@extend_schema_view(
    list=extend_schema(summary="Monthly statements, the newest first"),
    retrieve=extend_schema(summary="One statement, with its lines"),
)
class SellerStatementViewSet(
    SellerMoneyMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Document],
):
    """Statements of the caller's shop; those of a suspended or closed one too."""

    filter_backends = ()
    lookup_value_converter = "uuid"
    queryset = Document.objects.none()

    def get_queryset(self) -> QuerySet[Document]:
        statements = Document.objects.statements_of(self.shop).select_related("file")
        if self.action != "retrieve":
            # The lines of a big shop's month are megabytes.
            statements = statements.defer("facts")
        return statements.with_summary().order_by("-id")

    def get_serializer_class(self) -> Any:
        return StatementDetailSerializer if self.action == "retrieve" else StatementSerializer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """A file is sent whatever `Accept` says."""
        return super().perform_content_negotiation(request, force=force or self.action == "pdf")

    @extend_schema(responses=PDF_RESPONSES)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: UUID) -> HttpResponse | Response:
        """Download a statement as PDF; 202, with `Retry-After`, while the file is being made."""
        return pdf_response(self.get_object())
