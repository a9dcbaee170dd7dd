"""Files of rows for tests."""

import csv
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from catalog.bulk.models import ImportJob
from catalog.bulk.services import request_import, run_import

Rows = list[list[Any]]


def csv_file(rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> SimpleUploadedFile:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return SimpleUploadedFile("goods.csv", text.getvalue().encode(encoding))


def xlsx_file(rows: Rows) -> SimpleUploadedFile:
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return SimpleUploadedFile("goods.xlsx", file.getvalue())


def imported(shop: Any, file: Any, **options: Any) -> ImportJob:
    """Import a file to its end, as a worker does, and return what became of it."""
    job = request_import(shop.pk, actor=shop.owner, upload=file, **options)
    run_import(job.pk)
    job.refresh_from_db()
    return job


def errors_of(job: ImportJob) -> list[tuple[int, str, str]]:
    return list(job.row_errors.order_by("row", "id").values_list("row", "column", "code"))


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """Rows created, updated, unchanged and failed."""
    return job.created_rows, job.updated_rows, job.unchanged_rows, job.failed_rows
