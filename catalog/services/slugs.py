"""Slugs of what staff name: categories and brands. Call with the lock of the kind held."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from catalog.errors import SlugTaken
from marketplace.common.texts import slugify

_ROOM = 120


def free_slug(rows: QuerySet[Any], name: str) -> str:
    """Return a slug for the name that no row has: `phu-kien`, then `phu-kien-2`."""
    base = slugify(name, max_length=_ROOM) or "x"
    taken = set(rows.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def require_free_slug(rows: QuerySet[Any], slug: str) -> None:
    """Raises: SlugTaken."""
    if rows.filter(slug=slug).exists():
        raise SlugTaken


def archived_slug(slug: str, row_id: UUID) -> str:
    """Return what an archived row's slug becomes, so that a new row can have the old one."""
    return f"{slug[:_ROOM]}-{row_id.hex}"
