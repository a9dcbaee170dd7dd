"""Imports as the seller sees them."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.bulk.constants import FileFormat
from catalog.bulk.models import ImportJob, ImportRowError
from marketplace.common.api.fields import SparseFieldsMixin

SHOWN_ERRORS = 100


class ImportSerializer(SparseFieldsMixin, serializers.ModelSerializer[ImportJob]):
    """How far an import has got; `total_rows` is null until the file has been read once.

    `message` says why the file as a whole was refused.
    """

    class Meta:
        model = ImportJob
        fields: tuple[str, ...] = (
            "id",
            "state",
            "format",
            "file_name",
            "dry_run",
            "message",
            "total_rows",
            "processed_rows",
            "created_rows",
            "updated_rows",
            "unchanged_rows",
            "failed_rows",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class ImportRowErrorSerializer(serializers.ModelSerializer[ImportRowError]):
    """What was wrong with a row; `row` counts from 1, the header included."""

    class Meta:
        model = ImportRowError
        fields = ("row", "column", "code", "message")
        read_only_fields = fields


class ImportDetailSerializer(ImportSerializer):
    """An import with the first of its row errors; all of them are a file of their own."""

    errors = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "errors")
        read_only_fields = fields

    @extend_schema_field(ImportRowErrorSerializer(many=True))
    def get_errors(self, job: ImportJob) -> list[dict[str, object]]:
        rows = job.row_errors.order_by("row", "id")[:SHOWN_ERRORS]
        return list(ImportRowErrorSerializer(rows, many=True).data)


class ImportProductsInput(serializers.Serializer[None]):
    file = serializers.FileField(
        max_length=255,
        help_text="CSV in UTF-8 (comma, semicolon or tab) or an .xlsx workbook: "
        "at most 20 MiB and 50,000 rows.",
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only check the file; nothing is written."
    )


class FormatInput(serializers.Serializer[None]):
    format = serializers.ChoiceField(
        choices=FileFormat.choices, required=False, default=FileFormat.CSV
    )


class ErrorFormatInput(serializers.Serializer[None]):
    format = serializers.ChoiceField(
        choices=[FileFormat.CSV], required=False, default=FileFormat.CSV
    )
