"""Giving documents their numbers: one after the other, none left out, none twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from marketplace.common.outbox.services import publish
from orders.documents.constants import PREFIXES, DocumentKind
from orders.documents.events import DocumentIssued
from orders.documents.models import Document, DocumentFile, DocumentSeries
from orders.models import Order
from shops.models import Shop


@dataclass(frozen=True)
class Draft:
    """What a document will say, before it has a number; `facts` must be JSON."""

    kind: DocumentKind
    shop: Shop
    language: str
    currency: str
    amount: int
    facts: dict[str, Any]
    order: Order | None = None
    period: tuple[datetime, datetime] | None = None


def lock_series(kind: DocumentKind, *, shop: Shop | None) -> DocumentSeries:
    """Lock this year's counter: nobody else issues in the series until the transaction ends.

    What is read after it, such as whether a document exists already, stays true.
    """
    return DocumentSeries.objects.lock(kind, shop=shop, year=_local_year(timezone.now()))


def issue(draft: Draft, series: DocumentSeries) -> Document:
    """Write a document under the next number of its series, which the caller has locked.

    Publishes: documents.issued, upon which the worker makes the file.
    """
    series.last_position += 1
    series.save(update_fields=["last_position", "updated_at"])
    start, end = draft.period or (None, None)
    document = Document.objects.create(
        kind=draft.kind,
        number=_number(series),
        series=series,
        position=series.last_position,
        shop=draft.shop,
        order=draft.order,
        period_start=start,
        period_end=end,
        issued_at=timezone.now(),
        language=draft.language,
        currency=draft.currency,
        amount=draft.amount,
        facts=draft.facts,
    )
    DocumentFile.objects.create(document=document)
    publish(DocumentIssued(document_id=document.pk, kind=document.kind))
    return document


def _number(series: DocumentSeries) -> str:
    """A shop's numbers carry the random end of its id: they show whose they are, and are unique."""
    parts = [PREFIXES[DocumentKind(series.kind)], str(series.year)]
    if series.shop_id is not None:
        parts.append(series.shop_id.hex[-8:].upper())
    return "-".join([*parts, f"{series.last_position:06d}"])


def _local_year(now: datetime) -> int:
    return now.astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE)).year
