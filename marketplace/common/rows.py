"""Finding the row that a service changes."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Manager, Model, QuerySet

from marketplace.common.errors import NotFound

M = TypeVar("M", bound=Model)


def locked(rows: Manager[M] | QuerySet[M], row_id: UUID) -> M:
    """Lock a row in the way of its queryset, `lock`. Raises: NotFound."""
    lock: Callable[[UUID], M] = rows.lock  # type: ignore[union-attr]
    try:
        return lock(row_id)
    except ObjectDoesNotExist as error:
        raise NotFound from error
