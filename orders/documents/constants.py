from datetime import timedelta
from typing import Final

from django.db import models


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    STATEMENT = "statement", "Statement"


class DocumentStatus(models.TextChoices):
    """How far a document's file is."""

    PREPARING = "preparing"
    READY = "ready"


# How numbers begin, such as INV-2026-5F3A09C1-000042.
PREFIXES: Final = {DocumentKind.INVOICE: "INV", DocumentKind.STATEMENT: "STM"}
# What the worker has not rendered after this long is taken up by the periodic job.
RENDER_OVERDUE: Final = timedelta(minutes=5)
# A statement waits so long after its month: what was on its way into the books is in them by then.
STATEMENT_GRACE: Final = timedelta(hours=1)
# So many months back is looked for statements that a stopped job did not issue.
LOOK_BACK_MONTHS: Final = 3
# When a client should ask again for a file that is being made.
RETRY_AFTER_SECONDS: Final = 5
# Where the files are, in the storage that nobody can read from outside.
FOLDER: Final = "documents"
PDF_TYPE: Final = "application/pdf"
