"""Smaller copies of stored images, made by the worker."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from marketplace.common.files.events import ImageStored
from marketplace.common.files.storage import media_storage
from marketplace.common.images import MAX_STORED_BYTES, render_webp, rendition_name
from marketplace.common.media import discard_file
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed


def make_renditions(name: str, sides: dict[str, int]) -> None:
    """Store the renditions of an image that are not there, `sides` pixels at most a side.

    Idempotent: the names follow from the image's. Raises: FileNotFoundError; InvalidInput on a
    damaged image; whatever the storage raises.
    """
    missing = {
        rendition_name(name, label): side
        for label, side in sides.items()
        if not default_storage.exists(rendition_name(name, label))
    }
    if not missing:
        return
    storage = media_storage()
    content = storage.read_at_most(name, MAX_STORED_BYTES)
    for target, rendered in render_webp(content, missing).items():
        storage.replace(target, rendered)


def announce_image(row: Model, column: str) -> None:
    """Have the worker resize an image that a row has just been given, in the caller's transaction.

    Publishes: files.image_stored.
    """
    if name := getattr(row, column).name:
        label = row._meta.label_lower
        publish(ImageStored(row_id=row.pk, model=label, column=column, name=name))


def resize_stored(model_label: str, row_id: UUID, *, column: str, name: str) -> bool:
    """Put a rendition of the model's size in the place of a row's image, unless it has another now.

    Idempotent. The image that was uploaded is deleted. Returns whether the row changed.
    """
    model = apps.get_model(model_label)
    rows = model._base_manager.filter(pk=row_id, **{column: name})
    if not rows.exists():
        return False
    side = image_sides(model)[column]
    make_renditions(name, {str(side): side})
    with transaction.atomic():
        # One statement: a new image that came meanwhile is not overwritten.
        changed = rows.update(**{column: rendition_name(name, side), "updated_at": Now()})
        if changed:
            catalogue_changed()
    if changed:
        discard_file(name)
    return bool(changed)


def image_sides(model: type[Model]) -> dict[str, int]:
    """Return the columns of a model whose images are shown in one size, and that size in pixels."""
    sides: dict[str, int] = getattr(model, "image_sides", {})
    return sides


def models_with_images() -> list[tuple[type[Model], str]]:
    """Return every column of every model that holds images of one size."""
    return [(model, column) for model in apps.get_models() for column in image_sides(model)]


def unresized(model: type[Model], column: str) -> "QuerySet[Any]":
    """Return the rows whose image is still the one that was uploaded."""
    ending = f".{image_sides(model)[column]}.webp"
    rows = model._base_manager.exclude(**{column: ""})
    return rows.exclude(**{f"{column}__endswith": ending})
