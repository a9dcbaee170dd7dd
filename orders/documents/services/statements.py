"""A shop's monthly statement of what it sold, what it was charged, and what it was paid."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from marketplace.common import money
from orders.documents.constants import LOOK_BACK_MONTHS, STATEMENT_GRACE, DocumentKind
from orders.documents.errors import MonthNotOver
from orders.documents.models import Document
from orders.documents.months import Month
from orders.documents.selectors.statements import shops_with_movements, statement_facts
from orders.documents.services.issuing import Draft, issue, lock_series
from shops.models import Shop


@transaction.atomic
def issue_statement(shop_id: UUID, *, month: Month) -> Document:
    """State a shop's month, in the name of the platform.

    Idempotent: a month is stated once. Locks: the platform's series. Raises: MonthNotOver.
    Publishes: documents.issued.
    """
    if month.end + STATEMENT_GRACE > timezone.now():
        raise MonthNotOver
    shop = Shop.objects.select_related("owner").get(pk=shop_id)
    series = lock_series(DocumentKind.STATEMENT, shop=None)
    issued = Document.objects.statements_of(shop).filter(period_start=month.start).first()
    if issued is not None:
        return issued
    facts = statement_facts(shop, month)
    draft = Draft(
        kind=DocumentKind.STATEMENT,
        shop=shop,
        period=(month.start, month.end),
        language=shop.owner.language,
        currency=money.currency(),
        amount=facts["summary"]["closing_amount"],
        facts=facts,
    )
    return issue(draft, series)


def due_statements(limit: int) -> dict[Month, list[UUID]]:
    """Return which shops' months are over and not stated, the oldest first.

    A month in which nothing moved needs no statement: the next one begins where the last ended.
    """
    due: dict[Month, list[UUID]] = {}
    for month in _months():
        left = limit - sum(map(len, due.values()))
        stated = Document.objects.filter(kind=DocumentKind.STATEMENT, period_start=month.start)
        shops = shops_with_movements(month).exclude(shop__in=stated.values("shop"))
        if found := list(shops[:left]):
            due[month] = found
    return due


def _months() -> Iterator[Month]:
    """Yield the months that may still have to be stated, the last one in the end."""
    months = [Month.of(timezone.now() - STATEMENT_GRACE).previous]
    while len(months) < LOOK_BACK_MONTHS:
        months.append(months[-1].previous)
    return reversed(months)
