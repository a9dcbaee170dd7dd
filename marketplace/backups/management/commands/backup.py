import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from marketplace.backups.console import BackupCommand, size
from marketplace.backups.errors import BackupError
from marketplace.backups.places import Place, place_at
from marketplace.backups.retention import Retention
from marketplace.backups.sealing import new_key
from marketplace.backups.services import backups_in, create_backup, prune_backups
from marketplace.common.locks import job_lock


class Command(BackupCommand):
    help = (
        "Write the whole database, and the files of a local storage, to one encrypted file in "
        "BACKUP_DIR, a folder or a bucket; read it back to prove that it can be; delete the "
        "backups that are too old."
    )
    examples = """
examples:
  manage.py backup --new-key                    print a key for BACKUP_KEY
  manage.py backup                              into BACKUP_DIR, and keep 7 days, 4 weeks, 12 months
  manage.py backup --to /mnt/backups --keep-daily 30
  manage.py backup --to s3://bucket/folder      straight into a bucket, see .env.example
  manage.py backup --without-files              the database alone
  manage.py backup --list                       which ones there are, and which would be deleted

The database is read as one snapshot while everything goes on. Files in a bucket stay there: the
backup lists them, with their hashes. `manage.py restore --help` has the way back.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        kept = Retention()
        parser.add_argument("--to", metavar="PLACE", help="a folder or s3://..., not BACKUP_DIR")
        parser.add_argument("--without-files", action="store_true", help="the database alone")
        for name in ("daily", "weekly", "monthly"):
            period = {"daily": "days", "weekly": "weeks", "monthly": "months"}[name]
            parser.add_argument(
                f"--keep-{name}", type=int, default=getattr(kept, name), metavar="N",
                help=f"keep the newest of each of the last N {period} that have one (%(default)s)",
            )  # fmt: skip
        parser.add_argument("--keep-all", action="store_true", help="delete nothing")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--list", action="store_true", help="only say which backups there are")
        only.add_argument("--new-key", action="store_true", help="only print a new key")

    def handle(self, *args: Any, **options: Any) -> None:
        retention = Retention(*(options[f"keep_{name}"] for name in ("daily", "weekly", "monthly")))
        if min(retention.daily, retention.weekly, retention.monthly) < 0:
            raise CommandError("--keep-...: a number from 0 up")
        if options["new_key"]:
            self.stdout.write(new_key())
            return
        try:
            place = place_at(options["to"] or settings.BACKUP_DIR)
            if options["list"]:
                self._list(place, retention)
            else:
                self._make(place, None if options["keep_all"] else retention, **options)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error

    def _list(self, place: Place, retention: Retention) -> None:
        old = set(prune_backups(place, retention, dry_run=True))
        for backup in backups_in(place).values():
            note = "  would be deleted" if backup in old else ""
            self.stdout.write(f"{backup}  {size(backup.size)}{note}")

    def _make(
        self, place: Place, retention: Retention | None, *, without_files: bool, **options: Any
    ) -> None:
        key = self.key()
        started = time.monotonic()
        with job_lock("backup") as is_mine:
            if not is_mine:
                raise CommandError("a backup is being made already")
            with self.progress() as on_progress:
                made = create_backup(
                    place, key, with_files=not without_files, on_progress=on_progress
                )
            deleted = prune_backups(place, retention) if retention else []
        contents = made.contents
        self.stdout.write(
            f"{made.backup}: {size(made.backup.size)}, tables={len(contents.about.rows)} "
            f"rows={contents.rows} files={contents.carried.files} "
            f"listed={contents.media.files} deleted={len(deleted)} "
            f"in {time.monotonic() - started:.1f} s"
        )
