import logging
import time
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from marketplace.backups.console import BackupCommand, size
from marketplace.backups.errors import BackupError
from marketplace.backups.places import backup_at
from marketplace.backups.services import Contents, read_backup, restore_backup

logger = logging.getLogger(__name__)


class Command(BackupCommand):
    help = (
        "Put a backup into an empty database and its files into the storage; then check that "
        "everything adds up. A file that is damaged, cut off or of another key changes nothing."
    )
    examples = """
examples:
  manage.py restore --check FILE                only read all of it, and say what is in it
  manage.py restore FILE                        into the empty database of DATABASE_URL
  manage.py restore s3://bucket/folder/FILE     straight out of a bucket
  manage.py restore FILE --force                replace what is in it: stop everything else first

BACKUP_KEY must be the one it was made with. Afterwards `migrate` brings an older backup up to
date, and `check_invariants` and `verify_ledger` run; exit code 1 when one of them finds something.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a path, or s3://...")
        parser.add_argument("--check", action="store_true", help="read all of it, change nothing")
        parser.add_argument(
            "--force", action="store_true", help="delete what the database holds first"
        )
        parser.add_argument("--without-files", action="store_true", help="the database alone")

    def handle(
        self,
        *args: Any,
        file: str,
        check: bool,
        force: bool,
        without_files: bool,
        **options: Any,
    ) -> None:
        key = self.key()
        started = time.monotonic()
        try:
            backup = backup_at(file)
            with self.progress() as on_progress:
                if check:
                    contents = read_backup(backup, key, on_progress=on_progress)
                    self.stdout.write(f"{file} is whole: {_summary(contents)}")
                    return
                restored = restore_backup(
                    backup,
                    key,
                    force=force,
                    with_files=not without_files,
                    on_progress=on_progress,
                )
        except (BackupError, OSError) as error:
            raise CommandError(f"{file}: {error}") from error
        self._follow_up()
        self.stdout.write(
            f"{file} is restored: {_summary(restored.contents)} "
            f"in {time.monotonic() - started:.1f} s"
        )
        if restored.missing_files:
            names = ", ".join(restored.missing_files[:10])
            raise CommandError(
                f"{len(restored.missing_files)} files that the bucket had then are missing: {names}"
            )

    def _follow_up(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, stdout=self.stdout)
        try:
            # Answers and tasks of the rows that were there before.
            cache.clear()
        except Exception:  # Redis may be down, and everything in it expires
            logger.warning("The cache could not be cleared", exc_info=True)
        for command in ("check_invariants", "verify_ledger"):
            call_command(command, stdout=self.stdout, stderr=self.stderr)


def _summary(contents: Contents) -> str:
    about = contents.about
    return (
        f"made at {about.made_at[:19]}Z, tables={len(about.rows)} rows={contents.rows} "
        f"dump={size(contents.dump_bytes)} files={contents.carried.files} "
        f"({size(contents.carried.bytes)}) listed={contents.media.files}"
    )
