"""Invoices of orders, for those who bought and those who sold."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.common.api.lookups import get_by_id_or_number
from marketplace.common.api.requests import AuthenticatedRequest
from orders.documents.api.responses import PDF_RESPONSES, pdf_response
from orders.documents.api.serializers import PreparingSerializer
from orders.documents.errors import InvoiceNotIssued
from orders.documents.models import Document
from orders.models import Order
from shops.api.permissions import FINANCE, ORDERS, SellerOrdersMixin

INVOICE_RESPONSES = {**PDF_RESPONSES, 409: None}


class DownloadView(GenericAPIView[Any]):
    """Answers with a file: whatever `Accept` says, only what is no file is JSON."""

    serializer_class: Any = PreparingSerializer
    filter_backends = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


class _InvoiceView(DownloadView):
    queryset = Order.objects.none()

    def invoice(self, key: str) -> HttpResponse | Response:
        """Raises: Http404; InvoiceNotIssued while the goods are not there."""
        order = get_by_id_or_number(self.get_queryset(), key)
        issued = Document.objects.invoices_of(order).select_related("file").defer("facts").first()
        if issued is None and order.delivered_at is None:
            raise InvoiceNotIssued
        return pdf_response(issued)


class OrderInvoiceView(_InvoiceView):
    """The invoice of one of the caller's orders; anyone else's answer 404."""

    request: AuthenticatedRequest
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.placed_by(self.request.user)

    @extend_schema(tags=["orders"], operation_id="orders_invoice", responses=INVOICE_RESPONSES)
    def get(self, request: Request, key: str) -> HttpResponse | Response:
        """Download the invoice of an order, as PDF.

        It is issued when the order is delivered (before: 409 `invoice_not_issued`) and made within
        seconds: 202 until then, with `Retry-After`.
        """
        return self.invoice(key)


class SellerInvoiceView(SellerOrdersMixin, _InvoiceView):
    """The invoice of an order of the caller's shop, as its buyer has it."""

    read_roles = ORDERS | FINANCE

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.sold_by(self.shop)

    @extend_schema(
        tags=["seller"], operation_id="seller_orders_invoice", responses=INVOICE_RESPONSES
    )
    def get(self, request: Request, key: str) -> HttpResponse | Response:
        """Download the invoice of an order of the shop, as PDF.

        409 `invoice_not_issued` before the order is delivered; 202, with `Retry-After`, while the
        file is being made.
        """
        return self.invoice(key)
