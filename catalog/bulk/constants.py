from datetime import timedelta
from typing import Final

from django.db import models


class ImportState(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FileFormat(models.TextChoices):
    CSV = "csv"
    XLSX = "xlsx"


UNFINISHED: Final = frozenset({ImportState.PENDING, ImportState.RUNNING})
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_ROWS: Final = 50_000
MAX_COLUMNS: Final = 250
# Attributes that an export has columns for, of products and of variants; the most used ones.
MAX_EXPORTED_ATTRIBUTES: Final = 100
# Imports of one shop that wait or run at the same time.
MAX_UNFINISHED: Final = 5
# A workbook is a ZIP file: what it may unpack to, and the part of it that is held in memory.
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_SHARED_TEXT_BYTES: Final = 48 * 1024 * 1024
MAX_ZIP_ENTRIES: Final = 200
# Beyond this many times its packed size a part of a workbook is no table of goods.
MAX_ZIP_RATIO: Final = 200
# One transaction: as long as sellers' own changes of these products may have to wait.
BATCH_PRODUCTS: Final = 200
BATCH_ROWS: Final = 500
# A worker that was killed loses its import after this long.
LEASE: Final = timedelta(seconds=60)
# Claims without a batch in between: the import kills whoever works on it.
MAX_ATTEMPTS: Final = 5
