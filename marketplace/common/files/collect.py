"""Stored files that nothing names: of rows that are gone, of requests that died, of no use."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Final

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField, Model
from django.utils import timezone

from marketplace.common.files.storage import CONTENT_TYPES, media_storage
from marketplace.common.files.uploads import FOLDER
from marketplace.common.media import STORAGE_ERRORS, StorageUnavailable

logger = logging.getLogger(__name__)

# A file is stored before the row that names it is committed, and an upload waits to be taken.
KEEP: Final = timedelta(days=1)
BATCH: Final = 2_000

_RENDITION: Final = re.compile(r"(.+)\.[a-z0-9]+\.webp")


@dataclass
class Collected:
    """How many files were unused, and how many of them could not be deleted."""

    unused: int = 0
    failed: int = 0


def collect_unused_files(*, dry_run: bool = False) -> Collected:
    """Delete the files older than KEEP that no row names, in the folders of file columns alone.

    A rendition is in use as long as what it was made from is. Idempotent.
    Raises: StorageUnavailable.
    """
    collected = Collected()
    names = _old_files()
    while batch := list(islice(names, BATCH)):
        for name in unused_among(batch):
            collected.unused += 1
            logger.info("Unused file: %s", name)
            if not dry_run and not _delete(name):
                collected.failed += 1
    return collected


def unused_among(names: list[str]) -> list[str]:
    """Return those of some stored files that no row names."""
    asked = {*names, *(original for name in names for original in _originals(name))}
    used: set[str] = set()
    for model, column in naming_columns():
        rows = model._base_manager.filter(**{f"{column}__in": asked})
        used.update(str(name) for name in rows.values_list(column, flat=True))
    return [name for name in names if used.isdisjoint({name, *_originals(name)})]


def naming_columns() -> list[tuple[type[Model], str]]:
    """Return every column that holds names of stored files."""
    return [
        (model, column)
        for model in apps.get_models()
        for column in (*_file_columns(model), *getattr(model, "file_names", ()))
    ]


def folders() -> set[str]:
    """Return the folders of all file columns, and the one of direct uploads."""
    found = {
        str(model._meta.get_field(column).upload_to).rstrip("/")  # type: ignore[union-attr]
        for model in apps.get_models()
        for column in _file_columns(model)
    }
    return (found | {FOLDER}) - {""}


def _file_columns(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, FileField)]


def _old_files() -> Iterator[str]:
    before = timezone.now() - KEEP
    for folder in sorted(folders()):
        try:
            for file in media_storage().walk(folder):
                if file.modified_at < before:
                    yield file.name
        except STORAGE_ERRORS as error:
            raise StorageUnavailable from error


def _originals(name: str) -> list[str]:
    """Return what a file may be a rendition of."""
    match = _RENDITION.fullmatch(name)
    return [f"{match[1]}{suffix}" for suffix in CONTENT_TYPES] if match else []


def _delete(name: str) -> bool:
    try:
        default_storage.delete(name)
    except STORAGE_ERRORS:
        logger.warning("Could not delete %s", name, exc_info=True)
        return False
    return True
