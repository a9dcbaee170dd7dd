"""Imports: asked for, worked off batch by batch, cancelled."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from itertools import chain, islice
from pathlib import PurePath
from typing import IO, Any
from uuid import UUID, uuid4

from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from catalog.bulk.columns import Header, read_header
from catalog.bulk.constants import (
    BATCH_PRODUCTS,
    BATCH_ROWS,
    LEASE,
    MAX_ATTEMPTS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    MAX_UNFINISHED,
    UNFINISHED,
    ImportState,
)
from catalog.bulk.errors import BrokenFile, ImportEnded, TooManyImports
from catalog.bulk.events import ImportEnded as ImportHasEnded
from catalog.bulk.events import ImportRequested
from catalog.bulk.files import Row, detect_format, open_rows
from catalog.bulk.models import ImportJob, ImportRowError
from catalog.bulk.rows import Group, Names, Table, whole
from catalog.services.batch_rows import BatchResult, ProductRows, RowError
from catalog.services.batches import apply_products
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting
from marketplace.common.errors import InvalidInput
from marketplace.common.ids import uuid7
from marketplace.common.locks import transaction_lock
from marketplace.common.media import discard_file, store_file
from marketplace.common.outbox.services import publish
from marketplace.common.rows import locked
from shops.constants import EDITABLE
from shops.models import Shop

logger = logging.getLogger(__name__)

_RETRY_AFTER = timedelta(seconds=15)


class _LeaseLostError(Exception):
    """The import was cancelled, or another worker has taken it over."""


def request_import(
    shop_id: UUID, *, actor: User | None, upload: File[Any], dry_run: bool = False
) -> ImportJob:
    """Keep an uploaded file and have it applied to the shop's products by a worker.

    Raises: InvalidInput for a file that is too large or no table; TooManyImports;
    StorageUnavailable. Publishes: bulk.import_requested.
    """
    if upload.size > MAX_FILE_BYTES:
        message = f"At most {MAX_FILE_BYTES // 2**20} MiB."
        raise InvalidInput("file", message, code="file_too_large")
    try:
        file_format = detect_format(upload.file or upload)
        # Wrong columns are told at once; the rest of the file is the worker's to read.
        with open_rows(upload.file or upload, file_format) as rows:
            _header(rows)
        upload.seek(0)
    except BrokenFile as error:
        raise InvalidInput("file", str(error), code="invalid_file") from error
    file_name = PurePath(upload.name or "").name[:255]
    # Named by chance: whoever knows one import's address learns nothing of another's file.
    stored = store_file("imports", File(upload.file, name=f"{uuid4().hex}.{file_format}"))
    try:
        return _make(shop_id, actor, stored, file_name, file_format, dry_run=dry_run)
    except TooManyImports:
        discard_file(stored)
        raise


@transaction.atomic
def _make(
    shop_id: UUID, actor: User | None, stored: str, name: str, file_format: str, *, dry_run: bool
) -> ImportJob:
    transaction_lock(f"catalog.imports:{shop_id}")
    if ImportJob.objects.unfinished().filter(shop_id=shop_id).count() >= MAX_UNFINISHED:
        raise TooManyImports(MAX_UNFINISHED)
    job = ImportJob.objects.create(
        shop_id=shop_id,
        actor=actor,
        file=stored,
        file_name=name,
        format=file_format,
        dry_run=dry_run,
    )
    publish(ImportRequested(import_id=job.pk, shop_id=shop_id))
    return job


def cancel_import(job_id: UUID, *, actor: User | None) -> ImportJob:
    """Stop an import after the batch it is at; what has been applied stays.

    Locks: the import. Raises: NotFound; ImportEnded. Publishes: bulk.import_ended.
    """
    with transaction.atomic():
        job = locked(ImportJob.objects, job_id)
        if job.state not in UNFINISHED:
            raise ImportEnded
        stored = _end(job, ImportState.CANCELLED)
    discard_file(stored)
    return job


def due_imports(limit: int) -> list[UUID]:
    """Return imports that wait, or whose worker is gone, oldest first."""
    due = ImportJob.objects.unfinished().filter(
        Q(leased_until=None) | Q(leased_until__lte=timezone.now())
    )
    return list(due.order_by("id").values_list("pk", flat=True)[:limit])


def run_import(job_id: UUID) -> bool:
    """Apply a file from where it stands to its end; False when there was nothing to do here.

    Safe to be killed at any moment: each batch moves the cursor in its own transaction. Safe
    beside itself: one worker at a time holds the lease.
    Publishes: bulk.import_ended.
    """
    lease = uuid7()
    if not _claim(job_id, lease):
        return False
    try:
        if ImportJob.objects.get(pk=job_id).attempts > MAX_ATTEMPTS:
            raise BrokenFile("The import was interrupted again and again. Try a smaller file.")
        _work(job_id, lease)
    except _LeaseLostError:
        return False
    except BrokenFile as error:
        _finish(job_id, lease, ImportState.FAILED, message=str(error))
    except Exception:
        logger.exception("Import %s stopped; it goes on later", job_id)
        ImportJob.objects.filter(pk=job_id, lease=lease).update(
            leased_until=timezone.now() + _RETRY_AFTER, updated_at=Now()
        )
        raise
    return True


def _claim(job_id: UUID, lease: UUID) -> bool:
    now = timezone.now()
    free = ImportJob.objects.unfinished().filter(
        Q(leased_until=None) | Q(leased_until__lte=now), pk=job_id
    )
    claimed = free.update(
        state=ImportState.RUNNING,
        lease=lease,
        leased_until=now + LEASE,
        attempts=F("attempts") + 1,
        updated_at=now,
    )
    ImportJob.objects.filter(pk=job_id, lease=lease, started_at=None).update(started_at=now)
    return claimed == 1


def _work(job_id: UUID, lease: UUID) -> None:
    job = ImportJob.objects.get(pk=job_id)
    with _local_copy(job) as file:
        if job.total_rows is None:
            _keep_lease(job_id, lease, total_rows=_count(file, job.format))
        with open_rows(file, job.format) as rows:
            table = Table(_header(rows), Names.read())
            for batch in _batches(table, rows, job.cursor):
                _apply(job, lease, table, batch)
    _finish(job_id, lease, ImportState.DONE)


@contextmanager
def _local_copy(job: ImportJob) -> Iterator[IO[bytes]]:
    """Fetch the file: a worker reads it several times, and the storage may be far."""
    with tempfile.TemporaryFile() as local:
        try:
            with job.file.open("rb") as stored:
                for chunk in stored.chunks():
                    local.write(chunk)
        except FileNotFoundError as error:
            raise BrokenFile("The file is gone. Upload it again.") from error
        yield local


def _count(file: IO[bytes], file_format: str) -> int:
    """Read the whole file once, before anything of it is applied. Raises: BrokenFile."""
    with open_rows(file, file_format) as rows:
        _header(rows)
        count = sum(1 for _ in islice(rows, MAX_ROWS + 1))
    if count > MAX_ROWS:
        raise BrokenFile(f"At most {MAX_ROWS} rows: split the file.")
    if count == 0:
        raise BrokenFile("The file has no rows below the first one.")
    return count


def _header(rows: Iterator[Row]) -> Header:
    for _, cells in rows:
        return read_header(cells)
    raise BrokenFile("The file is empty.")


def _batches(table: Table, rows: Iterator[Row], cursor: int) -> Iterator[list[Group]]:
    batch: list[Group] = []
    size = 0
    for group in table.groups(rows):
        if group.numbers[-1] <= cursor:
            table.skip(group)
            continue
        batch.append(group)
        size += len(group.numbers)
        if len(batch) >= BATCH_PRODUCTS or size >= BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _apply(job: ImportJob, lease: UUID, table: Table, batch: Sequence[Group]) -> None:
    """Apply a batch and move the cursor behind it, both or neither."""
    groups: list[ProductRows] = []
    group_of: dict[int, Group] = {}
    errors: list[RowError] = []
    for group in batch:
        understood = table.understand(group)
        if isinstance(understood, list):
            errors += understood
            continue
        groups.append(understood)
        group_of.update(dict.fromkeys(group.numbers, group))
    with transaction.atomic():
        locked = _locked(job.pk, lease)
        if not Shop.objects.filter(pk=job.shop_id, status__in=EDITABLE).exists():
            raise BrokenFile("The shop is suspended or closed.")
        with transaction.atomic(), _acting(job):
            result = apply_products(job.shop_id, groups, actor=job.actor)
            if job.dry_run:
                transaction.set_rollback(True)
        errors += _of_whole_groups(result, group_of)
        _record(locked, result, batch, errors)


def _acting(job: ImportJob) -> AbstractContextManager[None]:
    """Write the changes down as those of who asked for the import, and not as the worker's."""
    is_staff = job.actor is not None and job.actor.is_staff
    kind = ActorKind.STAFF if is_staff else ActorKind.SELLER
    return acting(job.actor_id, kind, via=f"import {job.pk} {job.file_name}"[:300])


def _of_whole_groups(result: BatchResult, group_of: dict[int, Group]) -> list[RowError]:
    by_group: dict[int, list[RowError]] = {}
    for error in result.errors:
        by_group.setdefault(group_of[error.number].numbers[0], []).append(error)
    return list(
        chain.from_iterable(whole(group_of[first], found) for first, found in by_group.items())
    )


def _record(
    job: ImportJob, result: BatchResult, batch: Sequence[Group], errors: Sequence[RowError]
) -> None:
    ImportRowError.objects.bulk_create(
        ImportRowError(
            job=job,
            row=error.number,
            column=error.column[:100],
            code=error.code[:50],
            # What a cell said may stand in it.
            message=error.message.replace("\x00", "")[:500],
        )
        for error in errors
    )
    job.created_rows += result.created
    job.updated_rows += result.updated
    job.unchanged_rows += result.unchanged
    job.failed_rows += len({error.number for error in errors})
    job.processed_rows += sum(len(group.numbers) for group in batch)
    job.cursor = batch[-1].numbers[-1]
    job.attempts = 0
    job.leased_until = timezone.now() + LEASE
    job.save(
        update_fields=[
            "created_rows",
            "updated_rows",
            "unchanged_rows",
            "failed_rows",
            "processed_rows",
            "cursor",
            "attempts",
            "leased_until",
            "updated_at",
        ]
    )


def _locked(job_id: UUID, lease: UUID) -> ImportJob:
    job = ImportJob.objects.lock(job_id)
    if job.lease != lease or job.state != ImportState.RUNNING:
        raise _LeaseLostError
    return job


def _keep_lease(job_id: UUID, lease: UUID, **columns: Any) -> None:
    kept = ImportJob.objects.filter(pk=job_id, lease=lease, state=ImportState.RUNNING)
    if not kept.update(leased_until=timezone.now() + LEASE, updated_at=Now(), **columns):
        raise _LeaseLostError


def _finish(job_id: UUID, lease: UUID, state: ImportState, *, message: str = "") -> None:
    with transaction.atomic():
        try:
            job = _locked(job_id, lease)
        except _LeaseLostError:
            return
        stored = _end(job, state, message=message)
    discard_file(stored)


def _end(job: ImportJob, state: ImportState, *, message: str = "") -> str:
    """End a locked import; returns the name of its file, which nobody needs any more."""
    stored = job.file.name or ""
    job.state, job.file = state, ""
    job.message = message.replace("\x00", "")[:500]
    job.finished_at, job.lease, job.leased_until = timezone.now(), None, None
    job.save(
        update_fields=[
            "state",
            "message",
            "file",
            "finished_at",
            "lease",
            "leased_until",
            "updated_at",
        ]
    )
    publish(ImportHasEnded(import_id=job.pk, shop_id=job.shop_id, state=str(state)))
    return stored
