"""Filters and locks of documents."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.fields.json import KeyTransform

from orders.documents.constants import DocumentKind

if TYPE_CHECKING:
    from orders.documents.models import Document, DocumentFile, DocumentSeries  # noqa: F401
    from orders.models import Order
    from shops.models import Shop


class DocumentSeriesQuerySet(models.QuerySet["DocumentSeries"]):
    def lock(self, kind: str, *, shop: "Shop | None", year: int) -> "DocumentSeries":
        """Lock the counter of a series, which begins at nothing, and read it."""
        self.bulk_create([self.model(kind=kind, shop=shop, year=year)], ignore_conflicts=True)
        return self.select_for_update(of=("self",)).get(kind=kind, shop=shop, year=year)


class DocumentQuerySet(models.QuerySet["Document"]):
    def invoices_of(self, order: "Order") -> Self:
        """The order's invoice, if it has one."""
        return self.filter(kind=DocumentKind.INVOICE, order=order)

    def statements_of(self, shop: "Shop") -> Self:
        """Row scope of the seller API: everything else answers 404."""
        return self.filter(kind=DocumentKind.STATEMENT, shop=shop)

    def with_summary(self) -> Self:
        """Annotate the month and the sums of statements."""
        return self.annotate(
            summary=KeyTransform("summary", "facts"), facts_month=KeyTransform("month", "facts")
        )


class DocumentFileQuerySet(models.QuerySet["DocumentFile"]):
    def overdue(self, before: datetime) -> Self:
        """Files that should have been made by now."""
        return self.filter(rendered_at=None, created_at__lt=before)
