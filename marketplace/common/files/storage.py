"""Where uploaded files are kept: a folder of this machine, or a bucket that speaks S3."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast
from uuid import uuid4

from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
# Names are random or follow from their content's name, and what a name shows never changes.
CACHE_CONTROL = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StoredFile:
    name: str
    modified_at: datetime


@dataclass(frozen=True)
class PresignedUpload:
    """What a browser needs to post one file: `fields` go before the file in a multipart body."""

    url: str
    fields: dict[str, str]


class MediaStorage(Protocol):
    """What the project asks of a storage beyond Django's interface."""

    def replace(self, name: str, content: bytes) -> None:
        """Store under exactly this name; readers see the old file or the new one, whole."""

    def walk(self, folder: str) -> Iterator[StoredFile]:
        """Return every file below a folder ("": all), without holding them all."""

    def read_at_most(self, name: str, limit: int) -> bytes:
        """Return a file, or its first bytes if it has more than the limit.

        Raises: FileNotFoundError.
        """

    def presign_upload(
        self, name: str, *, content_type: str, max_bytes: int, seconds: int
    ) -> PresignedUpload | None:
        """Allow one file under one name for a while; None where the storage has no such thing."""


def media_storage() -> MediaStorage:
    """Return the configured storage with the methods that ours have."""
    return cast(MediaStorage, default_storage)


def private_storage() -> MediaStorage:
    """Return the storage of files that no address leads to: the API alone hands them out."""
    return cast(MediaStorage, storages["private"])


class LocalStorage(FileSystemStorage):
    """Files below MEDIA_ROOT, for one machine."""

    def replace(self, name: str, content: bytes) -> None:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{uuid4().hex}.part")
        try:
            part.write_bytes(content)
            part.chmod(self.file_permissions_mode or 0o644)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise

    def walk(self, folder: str) -> Iterator[StoredFile]:
        root = Path(self.path(""))
        for directory, _, names in os.walk(self.path(folder)):
            for name in names:
                path = Path(directory, name)
                with suppress(FileNotFoundError):
                    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield StoredFile(path.relative_to(root).as_posix(), modified_at)

    def read_at_most(self, name: str, limit: int) -> bytes:
        with self.open(name) as file:
            return cast(bytes, file.read(limit))

    def presign_upload(
        self, name: str, *, content_type: str, max_bytes: int, seconds: int
    ) -> PresignedUpload | None:
        return None


class BucketStorage(S3Storage):
    """Files in a bucket. Addresses are plain unless `querystring_auth` asks for signed ones."""

    bucket_name: str
    custom_domain: str | None
    querystring_auth: bool
    upload_url: str

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            # Where browsers post to, where a proxy stands before the endpoint.
            "upload_url": "",
            "file_overwrite": False,
            "querystring_auth": False,
            "client_config": Config(
                signature_version="s3v4",
                # A storage that hangs holds a request for so long, twice, and no longer.
                connect_timeout=2,
                read_timeout=5,
                retries={"total_max_attempts": 2, "mode": "standard"},
                # Several servers other than Amazon's refuse the checksums that boto3 adds.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    @cached_property
    def _base_url(self) -> str:
        return str(super().url("x"))[: -len("x")]

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        # botocore takes a quarter of a millisecond for an address; a list has two dozen.
        if self.querystring_auth or self.custom_domain or args or kwargs:
            return str(super().url(name, *args, **kwargs))
        return f"{self._base_url}{filepath_to_uri(name or '')}"

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        if content_type := CONTENT_TYPES.get(PurePosixPath(name).suffix):
            parameters |= {
                "ContentType": content_type,
                "ContentDisposition": "inline",
                "CacheControl": CACHE_CONTROL,
            }
        return parameters

    def replace(self, name: str, content: bytes) -> None:
        key = self._normalize_name(name)
        self.bucket.Object(key).put(Body=content, **self._get_write_parameters(name))

    def walk(self, folder: str) -> Iterator[StoredFile]:
        prefix = f"{folder.rstrip('/')}/" if folder else ""
        for row in self.bucket.objects.filter(Prefix=prefix):
            yield StoredFile(row.key, row.last_modified)

    def read_at_most(self, name: str, limit: int) -> bytes:
        try:
            answer = self.bucket.Object(self._normalize_name(name)).get()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise
        with answer["Body"] as body:
            return cast(bytes, body.read(limit))

    def presign_upload(
        self, name: str, *, content_type: str, max_bytes: int, seconds: int
    ) -> PresignedUpload | None:
        post = self.connection.meta.client.generate_presigned_post(
            self.bucket_name,
            self._normalize_name(name),
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", 1, max_bytes],
            ],
            ExpiresIn=seconds,
        )
        # The signature is over the policy alone, not over the address.
        return PresignedUpload(self.upload_url or post["url"], post["fields"])
