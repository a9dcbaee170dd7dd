from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.common.files.collect import collect_unused_files
from marketplace.common.media import StorageUnavailable


class Command(BaseCommand):
    help = "Delete stored files older than a day that no row names. Safe late and twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count and log them")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        try:
            collected = collect_unused_files(dry_run=dry_run)
        except StorageUnavailable as error:
            raise CommandError(str(error)) from error
        if dry_run:
            self.stdout.write(f"unused={collected.unused}")
        else:
            self.stdout.write(
                f"deleted={collected.unused - collected.failed} failed={collected.failed}"
            )
