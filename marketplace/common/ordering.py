"""Numbering rows that staff put into an order; `ordered_admin` is the page where they do it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketplace.common.errors import InvalidInput


def number_rows(rows: QuerySet[Any], ids: Sequence[UUID], *, field: str) -> None:
    """Give the rows their `position` by this order; all of them are named, once.

    The caller holds a lock that keeps others from adding or moving some meanwhile.
    Raises: InvalidInput on `field` when they are not, or not any more.
    """
    found = {row.pk: row for row in rows}
    if sorted(ids) != sorted(found):
        raise InvalidInput(
            field, "The list has changed meanwhile: put it into order again.", code="stale"
        )
    for position, row_id in enumerate(ids, start=1):
        row = found[row_id]
        if row.position != position:
            row.position = position
            row.save(update_fields=["position", "updated_at"])
