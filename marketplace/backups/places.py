"""Where backups are kept: a folder of this machine, or a bucket that speaks S3."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from marketplace.backups.errors import BackupError

PATTERN: Final = "marketplace-*.backup"
SCHEME: Final = "s3://"
# A bucket takes 10,000 parts at most, of 5 MiB at least; two are in memory.
PART_BYTES: Final = 32 * 1024 * 1024
_NOT_FOUND: Final = 404


class Place(Protocol):
    """Holds backups by their names."""

    def names(self) -> list[str]:
        """Return the names of all that looks like a backup, in order."""

    def create(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Write a backup, which is there once all of it is and not before.

        Raises: BackupError when the name is taken.
        """

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Read a backup. Raises: BackupError."""

    def size(self, name: str) -> int: ...

    def delete(self, name: str) -> None: ...

    def delete_leftovers(self) -> None:
        """Delete what killed runs began to write."""

    def where(self, name: str) -> str:
        """Return what a person calls the backup by."""


@dataclass(frozen=True)
class Backup:
    """One backup in its place."""

    place: Place
    name: str

    def __str__(self) -> str:
        return self.place.where(self.name)

    @property
    def size(self) -> int:
        return self.place.size(self.name)

    def open(self) -> AbstractContextManager[BinaryIO]:
        return self.place.open(self.name)


def place_at(where: str | os.PathLike[str]) -> Place:
    """Return the place that a folder's path or an address such as s3://bucket/folder names."""
    text = os.fspath(where)
    if not text.startswith(SCHEME):
        return Folder(Path(text))
    url = urlsplit(text)
    if not url.netloc or url.query or url.fragment:
        raise BackupError(f"{text} is no address of a bucket: s3://bucket/folder")
    folder = url.path.strip("/")
    return Bucket(url.netloc, f"{folder}/" if folder else "")


def backup_at(where: str | os.PathLike[str]) -> Backup:
    """Return the backup that a path or an address names."""
    text = os.fspath(where)
    if text.startswith(SCHEME):
        folder, _, name = text.rpartition("/")
        return Backup(place_at(folder), name)
    return Backup(Folder(Path(text).parent), Path(text).name)


@dataclass(frozen=True)
class Folder:
    path: Path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.glob(PATTERN))

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.path / name
        if path.exists():
            raise BackupError(f"{path} exists: another backup was made in this second")
        part = path.with_name(f".{name}.part")
        try:
            with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        directory = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        try:
            file = (self.path / name).open("rb")
        except OSError as error:
            raise BackupError(f"it cannot be read: {error.strerror}") from error
        with file:
            yield file

    def size(self, name: str) -> int:
        return (self.path / name).stat().st_size

    def delete(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)

    def delete_leftovers(self) -> None:
        for path in self.path.glob(f".{PATTERN}.part"):
            path.unlink(missing_ok=True)

    def where(self, name: str) -> str:
        return str(self.path / name)


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what begins with one prefix in it; nobody else's objects are looked at."""

    bucket: str
    prefix: str

    def names(self) -> list[str]:
        with _told():
            pages = self._client.get_paginator("list_objects_v2").paginate(**self._backups)
            keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
        return sorted(name for key in keys if self._is_backup(name := key[len(self.prefix) :]))

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        with _told():
            if self._head(name) is not None:
                raise BackupError(f"{self.where(name)} exists: another was made in this second")
            writer = _PartsWriter(self._client, self._at(name))
            try:
                yield cast(BinaryIO, writer)
                writer.complete()
            except BaseException:
                writer.abort()
                raise

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with _told():
            found = self._head(name)
            if found is None:
                raise BackupError("it cannot be read: there is no such object")
            place = {**self._at(name), "IfMatch": found["ETag"]}
            yield cast(BinaryIO, _RangesReader(self._client, place, found["ContentLength"]))

    def size(self, name: str) -> int:
        with _told():
            found = self._head(name)
        return int(found["ContentLength"]) if found else 0

    def delete(self, name: str) -> None:
        with _told():
            self._client.delete_object(**self._at(name))

    def delete_leftovers(self) -> None:
        with _told():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(**self._backups)
            uploads = [row for page in pages for row in page.get("Uploads", [])]
            for row in uploads:
                if self._is_backup(row["Key"][len(self.prefix) :]):
                    self._client.abort_multipart_upload(
                        Bucket=self.bucket, Key=row["Key"], UploadId=row["UploadId"]
                    )

    def where(self, name: str) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}{name}"

    @cached_property
    def _client(self) -> Any:
        config = Config(
            signature_version="s3v4",
            connect_timeout=10,
            read_timeout=60,
            retries={"total_max_attempts": 5, "mode": "standard"},
            # Several servers other than Amazon's refuse the checksums that boto3 adds.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.session.Session().client("s3", config=config, **settings.BACKUP_S3)

    @property
    def _backups(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Prefix": f"{self.prefix}{PATTERN.partition('*')[0]}"}

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{name}"}

    def _is_backup(self, name: str) -> bool:
        return Path(name).match(PATTERN) and "/" not in name

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            return cast(dict[str, Any], self._client.head_object(**self._at(name)))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == _NOT_FOUND:
                return None
            raise


class _PartsWriter:
    """An object that is uploaded in parts while it is made, and is there after `complete`."""

    def __init__(self, client: Any, place: dict[str, str]) -> None:
        self._client, self._place = client, place
        self._upload = client.create_multipart_upload(**place)["UploadId"]
        self._parts: list[dict[str, Any]] = []
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        self._pending += data
        while len(self._pending) >= PART_BYTES:
            self._send(bytes(self._pending[:PART_BYTES]))
            del self._pending[:PART_BYTES]
        return len(data)

    def complete(self) -> None:
        if self._pending or not self._parts:
            self._send(bytes(self._pending))
        self._client.complete_multipart_upload(
            **self._place, UploadId=self._upload, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        """Delete the parts; where the bucket cannot be reached now, the next run does."""
        try:
            self._client.abort_multipart_upload(**self._place, UploadId=self._upload)
        except (BotoCoreError, ClientError):
            return

    def _send(self, data: bytes) -> None:
        number = len(self._parts) + 1
        answer = self._client.upload_part(
            **self._place, UploadId=self._upload, PartNumber=number, Body=data
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


class _RangesReader:
    """Reads an object range by range: PostgreSQL may take its time between two of them."""

    def __init__(self, client: Any, place: dict[str, str], size: int) -> None:
        self._client, self._place, self._size = client, place, size
        self._asked = 0
        self._held = bytearray()

    def read(self, count: int) -> bytes:
        while len(self._held) < count and self._asked < self._size:
            until = min(self._asked + PART_BYTES, self._size)
            answer = self._client.get_object(
                **self._place, Range=f"bytes={self._asked}-{until - 1}"
            )
            with answer["Body"] as body:
                self._held += body.read()
            self._asked = until
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise BackupError(f"the bucket refuses, or cannot be reached: {error}") from error
