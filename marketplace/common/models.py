"""The abstract base of every table."""

from typing import Any, ClassVar, Literal, overload

from django.db import models

from marketplace.common.ids import uuid7


class BaseModel(models.Model):
    """UUIDv7 key and timestamps; `save(update_fields=...)` must name `updated_at` to move it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Columns with images that are shown in one size, and how many pixels a side: the worker puts a
    # rendition of that size in the place of what was uploaded.
    image_sides: ClassVar[dict[str, int]] = {}
    # Text columns with the names of stored files, which are therefore in use.
    file_names: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True


@overload
def amount_field(
    *, null: Literal[True], **kwargs: object
) -> "models.BigIntegerField[int | None, int | None]": ...


@overload
def amount_field(
    *, null: Literal[False] = False, **kwargs: object
) -> "models.BigIntegerField[int, int]": ...


def amount_field(**kwargs: object) -> "models.BigIntegerField[Any, Any]":
    """Return a column for money in smallest units."""
    return models.BigIntegerField(**kwargs)  # type: ignore[arg-type]
