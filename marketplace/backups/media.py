"""The files that rows name: listed with their hashes, and carried along where a folder has them."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from django.core.files.storage import storages

from marketplace.backups.archive import CHUNK_BYTES, ArchiveWriter
from marketplace.backups.errors import BackupError
from marketplace.common.files.storage import BucketStorage, LocalStorage, MediaStorage

# Images by MEDIA_ROOT's or the bucket's rules, and documents that nobody may read from outside.
ALIASES: Final = ("default", "private")


@dataclass(frozen=True)
class ListedFile:
    """One line of the manifest; a bucket's own mark of the content stands in for its hash."""

    storage: str
    name: str
    bytes: int
    sha256: str = ""
    etag: str = ""


@dataclass
class MediaCount:
    """How many files there are, and how many bytes they have."""

    files: int = 0
    bytes: int = 0

    def add(self, file: ListedFile) -> None:
        self.files += 1
        self.bytes += file.bytes


def add_files(archive: ArchiveWriter, *, on_file: Callable[[], None]) -> Iterator[ListedFile]:
    """Put the files of local storages into an archive, and return what every storage has.

    A bucket's files stay in it: there, versions and a copy elsewhere protect them.
    """
    for alias in _own_storages():
        storage = storages[alias]
        if isinstance(storage, BucketStorage):
            yield from _listed(alias, storage)
            continue
        for path, name in _paths(storage):
            if listed := _add_file(archive, alias, name, path):
                on_file()
                yield listed


def put_file(alias: str, name: str, chunks: Iterator[bytes]) -> None:
    """Store one file of an archive where this marketplace keeps its files, be it a bucket now.

    Held in memory for a moment: uploads are bounded, to 20 MiB at most.
    """
    cast(MediaStorage, storages[alias]).replace(name, b"".join(chunks))


def missing_from_buckets(listed: Iterable[ListedFile]) -> Iterator[str]:
    """Return the names of files that a bucket had when the backup was made, and has no more."""
    names: dict[str, set[str]] = {}
    for file in listed:
        storage = storages[file.storage]
        if not isinstance(storage, BucketStorage):
            continue
        if file.storage not in names:
            names[file.storage] = {each.name for each in storage.walk("")}
        if file.name not in names[file.storage]:
            yield file.name


def manifest_lines(listed: ListedFile) -> dict[str, str | int]:
    return {name: value for name, value in asdict(listed).items() if value != ""}


def _own_storages() -> list[str]:
    """Leave out a storage that lies in the bucket of another."""
    places: dict[tuple[object, ...], str] = {}
    for alias in ALIASES:
        storage = storages[alias]
        place = (
            ("bucket", storage.bucket_name, storage.connection.meta.client.meta.endpoint_url)
            if isinstance(storage, BucketStorage)
            else ("folder", _root(storage))
        )
        places.setdefault(place, alias)
    return list(places.values())


def _root(storage: object) -> Path:
    if not isinstance(storage, LocalStorage):
        raise BackupError(f"files in a {type(storage).__name__} cannot be backed up")
    return Path(storage.path(""))


def _paths(storage: object) -> Iterator[tuple[Path, str]]:
    root = _root(storage)
    for directory, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):  # being written
                path = Path(directory, name)
                yield path, path.relative_to(root).as_posix()


def _add_file(archive: ArchiveWriter, alias: str, name: str, path: Path) -> ListedFile | None:
    digest, size = hashlib.sha256(), 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    try:
        file = path.open("rb")
    except FileNotFoundError:  # deleted since the folder was read, as no row names it
        return None
    with file:
        archive.add({"kind": "file", "storage": alias, "name": name}, chunks())
    return ListedFile(alias, name, size, sha256=digest.hexdigest())


def _listed(alias: str, storage: BucketStorage) -> Iterator[ListedFile]:
    for row in storage.bucket.objects.all():
        yield ListedFile(alias, row.key, row.size, etag=row.e_tag.strip('"'))
