"""Documents that are numbered without gaps and never change, and the files that show them."""

from django.db import models
from django.db.models import F, Q

from marketplace.common.models import BaseModel, amount_field
from marketplace.common.money import display_amount
from orders.documents.constants import DocumentKind, DocumentStatus
from orders.documents.querysets import (
    DocumentFileQuerySet,
    DocumentQuerySet,
    DocumentSeriesQuerySet,
)
from orders.models import Order
from shops.models import Shop


class DocumentSeries(BaseModel):
    """A year's counter of whoever issues documents: a shop, or the platform (no shop).

    It is locked by the transaction that issues, so a number that is rolled back is used again.
    """

    kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    last_position = models.PositiveIntegerField(default=0)

    objects = DocumentSeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "document series"
        constraints = [
            models.UniqueConstraint(
                name="document_series_once", fields=["kind", "shop", "year"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class Document(BaseModel):
    """An invoice or statement. Append-only: `facts` are all that its file shows, as they were."""

    kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    number = models.CharField(max_length=40, unique=True)
    series = models.ForeignKey(DocumentSeries, models.PROTECT, related_name="documents")
    position = models.PositiveIntegerField()
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="documents")
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True, help_text="The first moment after.")
    issued_at = models.DateTimeField()
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    amount = amount_field(help_text="An invoice's total; what is owed at a statement's end.")
    facts = models.JSONField()

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="document_position_once", fields=["series", "position"]),
            models.UniqueConstraint(
                name="document_invoice_once", fields=["order"], condition=Q(kind="invoice")
            ),
            models.UniqueConstraint(
                name="document_statement_once",
                fields=["shop", "period_start"],
                condition=Q(kind="statement"),
            ),
            models.CheckConstraint(
                name="document_about",
                condition=Q(kind="invoice", order__isnull=False, period_start=None, period_end=None)
                | Q(kind="statement", order=None, period_start__lt=F("period_end")),
            ),
            models.CheckConstraint(name="document_counted", condition=Q(position__gt=0)),
        ]
        indexes = [models.Index(name="document_of_shop", fields=["shop", "kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.number} ({display_amount(self.amount, self.currency)})"


class DocumentFile(BaseModel):
    """The PDF of a document; without `rendered_at` it is still to be made."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="file")
    name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    rendered_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="document_file_whole",
                condition=Q(rendered_at=None, name="")
                | (Q(rendered_at__isnull=False) & ~Q(name="")),
            )
        ]
        indexes = [
            # What the job that makes up for lost tasks goes through.
            models.Index(
                name="document_to_render", fields=["created_at"], condition=Q(rendered_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name or "not made yet"

    @property
    def status(self) -> DocumentStatus:
        return DocumentStatus.READY if self.rendered_at else DocumentStatus.PREPARING
