"""Renditions of images that were stored before there were any, or whose event was lost."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import ProductImage
from catalog.services.images import make_image_renditions
from marketplace.common.errors import InvalidInput
from marketplace.common.files.renditions import models_with_images, resize_stored, unresized
from marketplace.common.media import STORAGE_ERRORS

logger = logging.getLogger(__name__)

BATCH = 500
# The worker has had its tries by then; an image that it cannot read is left to the command.
OVERDUE_AFTER = timedelta(minutes=3)
GIVEN_UP_AFTER = timedelta(days=1)

Job = Callable[[], bool]


def count_missing() -> int:
    """Return how many images have no renditions."""
    return _images().count() + sum(
        unresized(model, column).count() for model, column in models_with_images()
    )


def make_missing(*, limit: int | None, on_progress: Callable[[], None]) -> tuple[int, int]:
    """Make what is missing, at most for so many images; returns how many succeeded and failed.

    One image that cannot be read stops none of the others.
    """
    made = failed = 0
    for name, job in islice(_jobs(), limit):
        try:
            made += job()
        except (*STORAGE_ERRORS, InvalidInput):
            logger.exception("No renditions of %s", name)
            failed += 1
        on_progress()
    return made, failed


def overdue_images() -> list[UUID]:
    """Return images that should have had their renditions for a while, and are not given up yet."""
    rows = _images().filter(created_at__range=_overdue()).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def overdue_columns() -> list[tuple[str, UUID, str, str]]:
    """Return the model, id, column and file of images in one size that are overdue likewise."""
    return [
        (model._meta.label_lower, pk, column, name)
        for model, column in models_with_images()
        for pk, name in unresized(model, column)
        .filter(updated_at__range=_overdue())
        .order_by("pk")
        .values_list("pk", column)[:BATCH]
    ]


def _overdue() -> tuple[datetime, datetime]:
    now = timezone.now()
    return now - GIVEN_UP_AFTER, now - OVERDUE_AFTER


def _images() -> QuerySet[ProductImage]:
    return ProductImage.objects.filter(has_renditions=False)


def _jobs() -> Iterator[tuple[str, Job]]:
    for pk, name in _rows(_images(), "file"):
        yield name, partial(make_image_renditions, pk)
    for model, column in models_with_images():
        label = model._meta.label_lower
        for pk, name in _rows(unresized(model, column), column):
            yield name, partial(resize_stored, label, pk, column=column, name=name)


def _rows(rows: "QuerySet[ProductImage]", column: str) -> Iterator[tuple[UUID, str]]:
    """Return the ids and file names of rows, batch by batch, each row once."""
    after: UUID | None = None
    while True:
        page = rows.order_by("pk") if after is None else rows.filter(pk__gt=after).order_by("pk")
        batch = list(page.values_list("pk", column)[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1][0]
