"""Files that a browser sends straight to the storage, kept apart until they have been judged."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from marketplace.common.errors import DomainError, InvalidInput
from marketplace.common.files.storage import CONTENT_TYPES, PresignedUpload, media_storage
from marketplace.common.images import MAX_FILE_BYTES, CleanImage, clean_image
from marketplace.common.media import STORAGE_ERRORS, StorageUnavailable

logger = logging.getLogger(__name__)

FOLDER: Final = "uploads"
IMAGE_TYPES: Final = tuple(CONTENT_TYPES.values())
# How long an upload may be begun; long enough for ten images over a slow line.
OFFER_SECONDS: Final = 900

_RANDOM: Final = re.compile(r"[0-9a-f]{32}")


class DirectUploadUnavailable(DomainError):
    """The storage is a folder of this server."""

    code = "direct_upload_unavailable"
    message = "This marketplace takes no direct uploads: send the files themselves instead."


@dataclass(frozen=True)
class UploadOffer:
    """A presigned upload, and the key under which its file is found afterwards."""

    key: str
    upload: PresignedUpload
    expires_at: datetime
    max_bytes: int = MAX_FILE_BYTES


def offer_upload(owner_id: UUID, *, content_type: str) -> UploadOffer:
    """Let somebody post one image of at most MAX_FILE_BYTES to the storage.

    Raises: DirectUploadUnavailable; StorageUnavailable.
    """
    key = f"{FOLDER}/{owner_id}/{uuid4().hex}"
    expires_at = timezone.now() + timedelta(seconds=OFFER_SECONDS)
    try:
        upload = media_storage().presign_upload(
            key, content_type=content_type, max_bytes=MAX_FILE_BYTES, seconds=OFFER_SECONDS
        )
    except STORAGE_ERRORS as error:
        logger.exception("Presigning an upload failed")
        raise StorageUnavailable from error
    if upload is None:
        raise DirectUploadUnavailable
    return UploadOffer(key, upload, expires_at)


def fetch_uploads(owner_id: UUID, keys: Sequence[str], *, field: str) -> list[CleanImage]:
    """Return somebody's uploads as images that are safe to store; what was sent stays there.

    Judged as files in a request are, size included: not every storage keeps to the limit it was
    given. Raises: InvalidInput on `field.<n>` for a key that is another's or has no file, and for
    what is no image; StorageUnavailable.
    """
    return [_fetch(owner_id, key, field=f"{field}.{n}") for n, key in enumerate(keys)]


def _fetch(owner_id: UUID, key: str, *, field: str) -> CleanImage:
    prefix = f"{FOLDER}/{owner_id}/"
    missing = InvalidInput(field, "There is no such upload of yours.", code="upload_not_found")
    if not key.startswith(prefix) or not _RANDOM.fullmatch(key.removeprefix(prefix)):
        raise missing
    try:
        content = media_storage().read_at_most(key, MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise missing from error
    except STORAGE_ERRORS as error:
        logger.exception("Fetching an upload failed")
        raise StorageUnavailable from error
    return clean_image(ContentFile(content), field=field)
