"""Finding one object of a queryset by what stands in the path."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

M = TypeVar("M", bound=Model)


def get_by_id_or_slug(queryset: QuerySet[M], text: str) -> M:
    """Return the row whose id or slug this is. Raises: Http404."""
    return _get(queryset, text, "slug")


def get_by_id_or_number(queryset: QuerySet[M], text: str) -> M:
    """Return the row whose id or number this is. Raises: Http404."""
    return _get(queryset, text.upper() if not _uuid(text) else text, "number")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _get(queryset: QuerySet[M], text: str, field: str) -> M:
    identifier = _uuid(text)
    condition = {"pk": identifier} if identifier else {field: text}
    row = queryset.filter(**condition).first()
    if row is None:
        raise Http404
    return row
