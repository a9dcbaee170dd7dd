"""Backups: made, looked into, restored and deleted when they are old."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from marketplace.backups import media, postgres
from marketplace.backups.archive import ArchiveWriter, read_entries
from marketplace.backups.errors import BackupError
from marketplace.backups.media import ListedFile, MediaCount
from marketplace.backups.places import Backup, Place
from marketplace.backups.retention import Retention, kept
from marketplace.backups.sealing import Sealer, unseal

NAME: Final = "marketplace-%Y%m%dT%H%M%SZ.backup"
FORMAT: Final = 1
MANIFEST_BATCH: Final = 1_000

# Told what is being done, and how much more of it is: files, or bytes.
OnProgress = Callable[[str, int], None]
Entries = Iterator[tuple[dict[str, Any], Iterator[bytes]]]


@dataclass(frozen=True)
class About:
    """What a backup says of itself before anything else."""

    made_at: str
    postgresql: int
    migrations: list[str]
    rows: dict[str, int]
    format: int = FORMAT


@dataclass
class Contents:
    """What was found in a backup that was read to its end."""

    about: About
    dump_bytes: int = 0
    media: MediaCount = field(default_factory=MediaCount)
    carried: MediaCount = field(default_factory=MediaCount)

    @property
    def rows(self) -> int:
        return sum(self.about.rows.values())


@dataclass(frozen=True)
class Made:
    backup: Backup
    contents: Contents


@dataclass
class Restored:
    """What was restored, and the files that a bucket had then and has no more."""

    contents: Contents
    missing_files: list[str] = field(default_factory=list)


def no_progress(what: str, done: int) -> None:
    """Tell nobody."""


def create_backup(
    place: Place, key: bytes, *, with_files: bool = True, on_progress: OnProgress = no_progress
) -> Made:
    """Write the database, and the files of local storages, to a sealed backup; then read it back.

    The database comes first, as one snapshot: a file that a row of it names is deleted a day after
    the row at the earliest, so it is still there when its turn comes.
    Raises: BackupError.
    """
    made_at = timezone.now()
    backup = Backup(place, made_at.strftime(NAME))
    with place.create(backup.name) as file:
        sealer = Sealer(file, key)
        archive = ArchiveWriter(sealer.write)
        _add_database(archive, made_at, on_progress)
        if with_files:
            _add_media(archive, on_progress)
        archive.close()
        sealer.close()
    return Made(backup, read_backup(backup, key, on_progress=on_progress))


def read_backup(backup: Backup, key: bytes, *, on_progress: OnProgress = no_progress) -> Contents:
    """Read a backup to its end, which proves that every byte of it is as it was written.

    Raises: BackupError.
    """
    with _entries(backup, key) as entries:
        contents = Contents(_about(entries))
        for header, chunks in entries:
            if header["kind"] == "database":
                contents.dump_bytes = sum(map(len, _counted(chunks, "checking", on_progress)))
            elif header["kind"] == "file":
                contents.carried.files += 1
                contents.carried.bytes += sum(map(len, _counted(chunks, "checking", on_progress)))
            elif header["kind"] == "manifest":
                for listed in _listed(chunks):
                    contents.media.add(listed)
    return contents


def restore_backup(
    backup: Backup,
    key: bytes,
    *,
    force: bool = False,
    with_files: bool = True,
    on_progress: OnProgress = no_progress,
) -> Restored:
    """Put a backup's rows and files in the place of what is there.

    All that can be wrong with the file is found before anything is changed, and the database
    changes in one transaction.
    Raises: BackupError, also when the database is not empty, unless forced.
    """
    contents = read_backup(backup, key, on_progress=on_progress)
    unknown = set(contents.about.migrations) - _known_migrations()
    if unknown:
        raise BackupError(
            f"it was made by a newer version of the marketplace: {', '.join(sorted(unknown))} "
            "is unknown here. Restore it with that version."
        )
    if not force and postgres.tables():
        raise BackupError(
            "the database is not empty. Restore into a new one, or replace all that is in this "
            "one by --force."
        )
    restored = Restored(contents)
    with _entries(backup, key) as entries:
        _about(entries)
        for header, chunks in entries:
            if header["kind"] == "database":
                postgres.load(_counted(chunks, "database", on_progress))
            elif header["kind"] == "file" and with_files:
                media.put_file(header["storage"], header["name"], chunks)
                on_progress("files", 1)
            elif header["kind"] == "manifest":
                restored.missing_files += media.missing_from_buckets(_listed(chunks))
    connection.close()  # what it prepared is of tables that are gone
    postgres.analyze()
    if (found := postgres.row_counts()) != contents.about.rows:
        differing = sorted(set(found.items()) ^ set(contents.about.rows.items()))
        raise BackupError(f"the restored tables have other numbers of rows: {differing}")
    return restored


def backups_in(place: Place) -> dict[datetime, Backup]:
    """Return the backups of a place by the time they were made at. Raises: BackupError."""
    found = {}
    for name in place.names():
        with suppress(ValueError):
            found[datetime.strptime(name, NAME).replace(tzinfo=UTC)] = Backup(place, name)
    return found


def prune_backups(place: Place, retention: Retention, *, dry_run: bool = False) -> list[Backup]:
    """Delete the backups that no rule keeps, and what killed runs left; return the former.

    Raises: BackupError.
    """
    found = backups_in(place)
    keep = kept(found, retention)
    old = [backup for made_at, backup in found.items() if made_at not in keep]
    if not dry_run:
        for backup in old:
            place.delete(backup.name)
        place.delete_leftovers()
    return old


def _add_database(archive: ArchiveWriter, made_at: datetime, on_progress: OnProgress) -> None:
    with postgres.snapshot() as snapshot_id:
        about = About(
            made_at=made_at.isoformat(),
            postgresql=postgres.server_version(),
            migrations=postgres.applied_migrations(),
            rows=postgres.row_counts(),
        )
        archive.add({"kind": "about", **asdict(about)})
        chunks = _counted(postgres.dump(snapshot_id), "database", on_progress)
        archive.add({"kind": "database"}, chunks)


def _add_media(archive: ArchiveWriter, on_progress: OnProgress) -> None:
    listed = list(media.add_files(archive, on_file=lambda: on_progress("files", 1)))
    lines = (
        b"".join(
            json.dumps(media.manifest_lines(each)).encode() + b"\n"
            for each in listed[start : start + MANIFEST_BATCH]
        )
        for start in range(0, len(listed), MANIFEST_BATCH)
    )
    archive.add({"kind": "manifest"}, lines)


def _counted(chunks: Iterator[bytes], what: str, on_progress: OnProgress) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        on_progress(what, len(chunk))


@contextmanager
def _entries(backup: Backup, key: bytes) -> Iterator[Entries]:
    with backup.open() as file:
        yield read_entries(unseal(file, key))


def _about(entries: Entries) -> About:
    header, _ = next(entries)
    if header.pop("kind") != "about" or header["format"] != FORMAT:
        raise BackupError("it was made by another version of the marketplace")
    return About(**header)


def _listed(chunks: Iterator[bytes]) -> Iterator[ListedFile]:
    held = b""
    for chunk in chunks:
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield ListedFile(**json.loads(line))


def _known_migrations() -> set[str]:
    loader = MigrationLoader(None)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}
