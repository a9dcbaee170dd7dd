"""Facts that documents publish. Topics and field names are stable: they stand in stored rows."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class StatementReady(Event):
    """A shop's monthly statement can be downloaded."""

    topic = "documents.statement_ready"

    document_id: UUID
    shop_id: UUID


@dataclass(frozen=True)
class DocumentIssued(Event):
    """A document has its number and its facts: the worker makes its file."""

    topic = "documents.issued"

    document_id: UUID
    kind: str
