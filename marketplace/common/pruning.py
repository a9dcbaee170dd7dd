"""Deleting what is no longer needed."""

from typing import Any

from django.db.models import Model, QuerySet

BATCH = 5_000


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete rows of one table, however many, without a statement that `statement_timeout` ends.

    Safe beside itself. Returns how many rows went.
    """
    model: type[Model] = rows.model
    deleted = 0
    while batch := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        gone, _ = model._default_manager.filter(pk__in=batch).delete()
        deleted += gone
        if gone == 0:  # somebody else deletes the same ones
            break
    return deleted
