"""Imports of products: files of rows, how far they have got, and what was wrong with them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.bulk.constants import UNFINISHED, FileFormat, ImportState
from marketplace.common.models import BaseModel
from shops.models import Shop


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def unfinished(self) -> "ImportJobQuerySet":
        """Imports that wait or run."""
        return self.filter(state__in=UNFINISHED)

    def lock(self, job_id: object) -> "ImportJob":
        """Lock one import and read it. Raises: ImportJob.DoesNotExist."""
        return self.select_for_update(of=("self",)).get(pk=job_id)


class ImportJob(BaseModel):
    """One uploaded file. `cursor` is the last row that was applied: it moves with what it tells of.

    Whoever works on it holds `lease`, a number that is drawn anew for each, until `leased_until`.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    file = models.FileField(upload_to="imports/", blank=True, help_text="Empty once it has ended.")
    file_name = models.CharField(max_length=255, blank=True)
    format = models.CharField(max_length=4, choices=FileFormat.choices)
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.PENDING
    )
    dry_run = models.BooleanField(default=False, help_text="Checked only; nothing is written.")
    message = models.CharField(max_length=500, blank=True, help_text="Why it failed as a whole.")
    total_rows = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: not read.")
    processed_rows = models.PositiveIntegerField(default=0)
    created_rows = models.PositiveIntegerField(default=0)
    updated_rows = models.PositiveIntegerField(default=0)
    unchanged_rows = models.PositiveIntegerField(default=0)
    failed_rows = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_rows_add_up",
                condition=Q(
                    processed_rows=F("created_rows")
                    + F("updated_rows")
                    + F("unchanged_rows")
                    + F("failed_rows")
                ),
            ),
        ]
        indexes = [
            models.Index(name="import_of_shop", fields=["shop", "-id"]),
            # What the sweeper reads.
            models.Index(
                name="import_unfinished",
                fields=["id"],
                condition=Q(state__in=["pending", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"


class ImportRowError(BaseModel):
    """What was wrong with one row of a file; `row` counts from 1, the header included."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="row_errors")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=50)
    message = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(name="import_error_of_job", fields=["job", "row", "id"])]

    def __str__(self) -> str:
        return f"{self.row}: {self.message}"
