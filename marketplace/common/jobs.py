"""Periodic jobs: what they return, and the management command that is one way into them."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand

DEFAULT_LIMIT = 1000


@dataclass
class JobResult:
    """How many rows a job changed, and how many had moved on by themselves."""

    done: int = 0
    skipped: int = 0
    is_running_elsewhere: bool = False

    def __str__(self) -> str:
        if self.is_running_elsewhere:
            return "running elsewhere"
        return f"done={self.done} skipped={self.skipped}"


class JobCommand(BaseCommand):
    """Runs `job`, which is safe late, twice and beside itself, and says in one line what it did."""

    job: Callable[..., JobResult]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=DEFAULT_LIMIT, help="at most this many (%(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what is due")

    def handle(self, *args: Any, limit: int, dry_run: bool, **options: Any) -> None:
        self.stdout.write(str(type(self).job(limit=limit, dry_run=dry_run)))
