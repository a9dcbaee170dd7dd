"""Invoices and statements in the console: to be looked at and downloaded."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from marketplace.common.admin import IdSearchAdmin, ModelAdmin, ReadOnlyAdmin
from marketplace.common.audit.constants import Operation
from marketplace.common.audit.context import origin_of
from marketplace.common.audit.services import record_event
from marketplace.common.errors import DomainError
from orders.documents.constants import DocumentStatus
from orders.documents.models import Document
from orders.documents.responses import file_response


@admin.register(Document)
class DocumentAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Document]):
    """Documents never change: what is wrong with one is put right by another."""

    list_display = ["number", "kind", "shop", "order", "amount", "issued_at", "download"]
    list_select_related = ["shop", "order", "file"]
    id_fields = ("pk", "order", "shop")
    list_filter = ["kind", "issued_at"]
    search_help_text = "The number of a document or order, or the id of a document, order or shop."
    ordering = ["-id"]

    def found(self, queryset: QuerySet[Document], term: str) -> QuerySet[Document]:
        by_number = queryset.filter(number=term.upper())
        return by_number | queryset.filter(order__number=term.upper())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).select_related("file")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["download", *super().get_fields(request, obj)]

    @admin.display(description="file")
    def download(self, document: Document) -> str:
        if document.file.status == DocumentStatus.PREPARING:
            return "being made"
        address = reverse("admin:documents_document_file", args=[document.pk])
        return format_html('<a href="{}">Download</a>', address)

    def get_urls(self) -> list[URLPattern]:
        file = path(
            "<uuid:pk>/file.pdf",
            self.admin_site.admin_view(self.file),
            name="documents_document_file",
        )
        return [file, *super().get_urls()]

    def file(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Hand out a document as a file, which masks nothing: who had it is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = Document.objects.select_related("file").filter(pk=pk).first()
        if document is None or document.file.status == DocumentStatus.PREPARING:
            raise Http404
        try:
            response = file_response(document)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:documents_document_change", args=[pk]))
        record_event(
            Operation.UNMASKED,
            origin=origin_of(request),
            actor_id=request.user.pk,
            object_type=self.opts.label_lower,
            object_id=pk,
            object_name=document.number,
            note="as a file",
        )
        return response
