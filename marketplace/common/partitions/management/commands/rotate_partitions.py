from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.common.partitions.services import MONTHS_AHEAD, rotate_partitions


class Command(BaseCommand):
    help = (
        f"Make the partitions of this month and the {MONTHS_AHEAD} after it, and drop those "
        "that are older than RETENTION_*_MONTHS say (0: none is dropped). Safe late, twice and "
        "beside itself: while it does not run, rows lie in the rest, and move when their month is "
        "made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only name what would be made and dropped"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        result = rotate_partitions(dry_run=dry_run)
        for what in ("made", "dropped", "failed"):
            for name in getattr(result, what):
                self.stdout.write(f"{what}: {name}")
        self.stdout.write(f"rotate_partitions: {result}")
