"""A seller's products as files, in and out; another shop's imports answer 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.bulk.serializers import (
    ErrorFormatInput,
    FormatInput,
    ImportDetailSerializer,
    ImportProductsInput,
    ImportSerializer,
)
from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import CONTENT_TYPES, exported_products, import_errors, template
from catalog.bulk.models import ImportJob
from catalog.bulk.responses import file_response
from catalog.bulk.services import cancel_import, request_import
from marketplace.common.api.requests import parsed, query_of
from shops.api.permissions import SellerProductsMixin

_FILE = {
    (200, CONTENT_TYPES[FileFormat.CSV].partition(";")[0]): OpenApiTypes.BINARY,
    (200, CONTENT_TYPES[FileFormat.XLSX]): OpenApiTypes.BINARY,
}
_CSV_FILE = {(200, "text/csv"): OpenApiTypes.BINARY}


def _format(request: Request) -> FileFormat:
    return FileFormat(query_of(request, FormatInput)["format"])


class _Download(SellerProductsMixin, GenericAPIView[ImportJob]):
    """Answers with a file: whatever `Accept` says, only refusals are JSON."""

    serializer_class: Any = ImportSerializer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


class ImportProductsView(SellerProductsMixin, GenericAPIView[ImportJob]):
    """Products from a file."""

    parser_classes = (MultiPartParser,)
    serializer_class = ImportSerializer

    @extend_schema(
        operation_id="seller_products_import",
        request={"multipart/form-data": ImportProductsInput},
        responses={202: ImportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create and update products by sku, in the background: one row per variant.

        An empty cell changes nothing. Consecutive rows with one `product` belong together, and are
        applied together or not at all. A row that is wrong does not stop the others.

        Columns: `sku` in every row; `product`, `title`, `category`, `brand`, `description`,
        `status`, `attribute:<name>` of the product; `variant_name`, `price`, `compare_at_price`,
        `weight_grams`, `stock`, `variant_attribute:<name>` of the variant. The template shows them;
        docs/bulk-import.md says what each of them holds.
        """
        values = parsed(ImportProductsInput(data=request.data))
        job = request_import(
            self.shop.pk, actor=self.request.user, upload=values["file"], dry_run=values["dry_run"]
        )
        return Response(self.get_serializer(job).data, status=202)


class ImportTemplateView(_Download):
    """A file to begin with."""

    @extend_schema(
        operation_id="seller_products_import_template", parameters=[FormatInput], responses=_FILE
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Download the columns with an example to write over."""
        file_format = _format(request)
        return file_response(template(file_format), "products-template", file_format)


class ExportProductsView(_Download):
    """Products as a file."""

    @extend_schema(operation_id="seller_products_export", parameters=[FormatInput], responses=_FILE)
    def get(self, request: Request) -> StreamingHttpResponse:
        """Download all products, one row per variant; importing the file changes nothing.

        Texts that a spreadsheet would take for a formula begin with an apostrophe, which an import
        takes away again.
        """
        file_format = _format(request)
        chunks = exported_products(self.shop.pk, file_format)
        return file_response(chunks, f"products-{self.shop.slug}", file_format)


class _OwnImports(SellerProductsMixin, GenericAPIView[ImportJob]):
    serializer_class: Any = ImportDetailSerializer

    def get_queryset(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.filter(shop=self.shop)


class ImportListView(SellerProductsMixin, ListAPIView[ImportJob]):
    """The shop's imports, newest first."""

    serializer_class = ImportSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.filter(shop=self.shop).order_by("-id")


class ImportView(_OwnImports):
    """One import."""

    def get(self, request: Request, pk: UUID) -> Response:
        """Show how far an import has got, and the first 100 rows that were wrong."""
        return Response(self.get_serializer(self.get_object()).data)


class ImportErrorsView(_Download, _OwnImports):
    """The rows of an import that were wrong."""

    @extend_schema(parameters=[ErrorFormatInput], responses=_CSV_FILE)
    def get(self, request: Request, pk: UUID) -> StreamingHttpResponse:
        """Download what was wrong with each row."""
        query_of(request, ErrorFormatInput)
        job = self.get_object()
        return file_response(import_errors(job), f"import-errors-{job.pk}", FileFormat.CSV)


class CancelImportView(_OwnImports):
    """Stopping an import."""

    @extend_schema(
        operation_id="seller_imports_cancel", request=None, responses=ImportDetailSerializer
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Stop an import after the rows it is at; what has been applied stays."""
        job = cancel_import(self.get_object().pk, actor=self.request.user)
        return Response(self.get_serializer(job).data)
