"""Imports in the console: staff upload a file for a shop, and follow what becomes of it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html

from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import import_errors, template
from catalog.bulk.models import ImportJob
from catalog.bulk.responses import file_response
from catalog.bulk.services import cancel_import, request_import
from marketplace.common.admin import (
    IdSearchAdmin,
    ModelAdmin,
    NoDeleteAdmin,
    ServiceFormAdmin,
    row_action,
    staff,
)

_DONE = ("created_rows", "updated_rows", "unchanged_rows", "failed_rows")


def _help() -> str:
    return lazy(format_html, str)(
        "CSV in UTF-8 or .xlsx, one row per variant. "
        '<a href="{}">Download the columns with an example</a>; '
        "docs/bulk-import.md says what each of them holds.",
        reverse_lazy("admin:bulk_importjob_template"),
    )


class ImportForm(forms.ModelForm[ImportJob]):
    """A file for a shop; everything else of an import is the worker's."""

    file = forms.FileField(help_text=_help())

    class Meta:
        model = ImportJob
        fields = ("shop", "file", "dry_run")


@admin.register(ImportJob)
class ImportJobAdmin(ServiceFormAdmin, NoDeleteAdmin, IdSearchAdmin, ModelAdmin[ImportJob]):
    """Imports of products; adding one uploads a file for the shop."""

    form = ImportForm
    list_display = ["file_name", "shop", "state", "dry_run", "progress", *_DONE, "created_at"]
    list_select_related = ["shop"]
    list_filter = ["state", "dry_run", "created_at"]
    ordering = ["-id"]
    actions = ["cancel"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an import is watched or cancelled."""
        return False

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("bulk.add_importjob")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["shop", "file", "dry_run"]
        head = ["shop", "actor", "file_name", "format", "state", "dry_run", "message"]
        return [*head, "progress", *_DONE, "created_at", "started_at", "finished_at", "row_errors"]

    @admin.display(description="rows")
    def progress(self, job: ImportJob) -> str:
        return f"{job.processed_rows} of {'?' if job.total_rows is None else job.total_rows}"

    @admin.display(description="row errors")
    def row_errors(self, job: ImportJob) -> str:
        address = reverse("admin:bulk_importjob_errors", args=[job.pk])
        return format_html('<a href="{}">Download</a>', address)

    @row_action(description="Cancel selected imports", permissions=["cancel"])
    def cancel(self, request: HttpRequest, job_id: UUID) -> None:
        cancel_import(job_id, actor=staff(request))

    def save_model(self, request: HttpRequest, obj: ImportJob, form: Any, change: bool) -> None:
        values = form.cleaned_data
        made = request_import(
            values["shop"].pk,
            actor=staff(request),
            upload=values["file"],
            dry_run=values["dry_run"],
        )
        obj.pk = made.pk
        obj._state.adding = False
        obj.refresh_from_db()

    def get_urls(self) -> list[URLPattern]:
        errors = path(
            "<uuid:pk>/errors.csv",
            self.admin_site.admin_view(self.errors),
            name="bulk_importjob_errors",
        )
        example = path(
            "template.csv", self.admin_site.admin_view(self.example), name="bulk_importjob_template"
        )
        return [errors, example, *super().get_urls()]

    def example(self, request: HttpRequest) -> StreamingHttpResponse:
        """Download the columns of a file with an example to write over."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return file_response(template(FileFormat.CSV), "products-template", FileFormat.CSV)

    def errors(self, request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
        """Download all row errors of an import."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = ImportJob.objects.filter(pk=pk).first()
        if job is None:
            raise Http404
        return file_response(import_errors(job), f"import-errors-{pk}", FileFormat.CSV)
