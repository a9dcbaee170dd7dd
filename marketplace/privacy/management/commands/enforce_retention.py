from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.privacy.retention import MAX_SECONDS, enforce_retention


class Command(BaseCommand):
    help = (
        "Forget what is about people and has been kept for long enough; see docs/privacy.md. "
        "Safe late, twice and beside itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count what is due.")
        parser.add_argument(
            "--max-seconds",
            type=float,
            default=MAX_SECONDS,
            help="End after about so long; the next run goes on (%(default)s).",
        )

    def handle(self, *args: Any, dry_run: bool, max_seconds: float, **options: Any) -> None:
        done = enforce_retention(dry_run=dry_run, tell=self._tell, max_seconds=max_seconds)
        self.stdout.write(" ".join(f"{name}={count}" for name, count in done.items()) or "running")

    def _tell(self, name: str, count: int) -> None:
        self.stderr.write(f"{name}: {count}")
