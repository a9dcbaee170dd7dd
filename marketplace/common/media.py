"""Uploaded images: put into the storage, and served where nothing else does it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import Storage, default_storage, storages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

from marketplace.common.errors import DomainError, Kind
from marketplace.common.files.storage import CACHE_CONTROL, CONTENT_TYPES

logger = logging.getLogger(__name__)

STORAGE_ERRORS = (OSError, Boto3Error, BotoCoreError, ClientError)


class StorageUnavailable(DomainError):
    """The object storage does not answer, or the disk is full."""

    kind = Kind.UNAVAILABLE
    code = "service_unavailable"
    message = "Files cannot be stored right now. Try again in a moment."


def store_file(folder: str, file: File[Any]) -> str:
    """Put a file into the storage and return its name there. Call it outside any transaction.

    Raises: StorageUnavailable.
    """
    try:
        return str(default_storage.save(f"{folder}/{file.name}", file))
    except STORAGE_ERRORS as error:
        logger.exception("Storing a file failed")
        raise StorageUnavailable from error


def discard_file(name: str) -> None:
    """Delete a stored file that no row names any more; a failure only leaves it behind."""
    if not name:
        return
    try:
        default_storage.delete(name)
    except STORAGE_ERRORS:
        logger.warning("Could not delete %s", name, exc_info=True)


@contextmanager
def stored_files(folder: str, files: Sequence[File[Any]]) -> Iterator[list[str]]:
    """Store files, outside any transaction, and yield their names; undone when the body fails.

    Raises: StorageUnavailable.
    """
    names: list[str] = []
    try:
        for file in files:
            names.append(store_file(folder, file))
        yield names
    except (OperationalError, InterfaceError):
        # The connection may have broken inside the commit: a file without a row does no harm, a
        # row without its file does.
        raise
    except BaseException:
        for name in names:
            discard_file(name)
        raise


def media_origin() -> str:
    """Return the scheme and host that pictures are loaded from; empty where that is this site."""
    return _origin_of(storages["default"], settings.MEDIA_URL)


@lru_cache(maxsize=8)
def _origin_of(storage: Storage, media_url: str) -> str:
    """`media_url` is what a local storage builds on, where the settings change."""
    url = urlsplit(str(storage.url("probe/0.webp")))
    return f"{url.scheme}://{url.netloc}" if url.netloc else ""


@require_safe
def serve_image(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve one image with a fixed type; anything else below MEDIA_ROOT is not public."""
    content_type = CONTENT_TYPES.get(PurePosixPath(path).suffix)
    if content_type is None:
        raise Http404
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except SuspiciousFileOperation as error:
        raise Http404 from error
    response["Content-Type"] = content_type
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = CACHE_CONTROL
    return response
