"""Making the file of a document, and handing it out."""

import logging
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.files.storage import private_storage
from marketplace.common.media import STORAGE_ERRORS, StorageUnavailable
from marketplace.common.outbox.services import publish
from orders.documents.constants import FOLDER, RENDER_OVERDUE, DocumentKind
from orders.documents.events import StatementReady
from orders.documents.models import Document, DocumentFile
from orders.documents.pdf import render

logger = logging.getLogger(__name__)


def render_document(document_id: UUID) -> bool:
    """Make a document's PDF from its facts and store it; False when it is there already.

    Idempotent, also beside itself: the same facts make the same bytes, under the same name.
    Raises: StorageUnavailable. Publishes: documents.statement_ready.
    """
    file = DocumentFile.objects.select_related("document").get(document=document_id)
    if file.rendered_at is not None:
        return False
    document = file.document
    content = render(document)
    name = _name(document)
    try:
        private_storage().replace(name, content)
    except STORAGE_ERRORS as error:
        logger.exception("Storing %s failed", document.number)
        raise StorageUnavailable from error
    return _take(file, name, content)


def overdue_documents(limit: int) -> list[UUID]:
    """Return the ids of documents whose file should be there by now, the oldest first."""
    overdue = DocumentFile.objects.overdue(timezone.now() - RENDER_OVERDUE)
    return list(overdue.order_by("created_at").values_list("document_id", flat=True)[:limit])


def read_document(file: DocumentFile) -> bytes:
    """Return the bytes of a document's file.

    Raises: StorageUnavailable, also for a file that is gone or is not what was rendered.
    """
    try:
        content = private_storage().read_at_most(file.name, file.size + 1)
    except STORAGE_ERRORS as error:
        logger.exception("Reading %s failed", file.name)
        raise StorageUnavailable from error
    if sha256(content).hexdigest() != file.sha256:
        logger.error("%s is not what was rendered", file.name)
        raise StorageUnavailable
    return content


@transaction.atomic
def _take(file: DocumentFile, name: str, content: bytes) -> bool:
    """Note that a file is there; False where somebody else has been faster."""
    taken = DocumentFile.objects.filter(pk=file.pk, rendered_at=None).update(
        name=name,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        rendered_at=Now(),
        updated_at=Now(),
    )
    document = file.document
    if taken and document.kind == DocumentKind.STATEMENT:
        publish(StatementReady(document_id=document.pk, shop_id=document.shop_id))
    return bool(taken)


def _name(document: Document) -> str:
    return f"{FOLDER}/{document.kind}s/{document.issued_at:%Y-%m}/{document.pk}.pdf"
