from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.services.renditions import count_missing, make_missing


class Command(BaseCommand):
    """Make the smaller copies of images that have none.

    Safe late, twice and beside itself; stopped half-way, it goes on where it was.
    """

    help = (
        "Make the WebP renditions of images that have none: of products, people, shops and so on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, help="at most this many images")
        parser.add_argument("--dry-run", action="store_true", help="only count what is missing")

    def handle(self, *args: Any, limit: int | None, dry_run: bool, **options: Any) -> None:
        missing = count_missing()
        if dry_run:
            self.stdout.write(f"missing={missing}")
            return
        console = Console(stderr=True)
        columns = (
            TextColumn("images"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        total = missing if limit is None else min(missing, limit)
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=total)
            made, failed = make_missing(limit=limit, on_progress=lambda: progress.advance(task))
        self.stdout.write(f"made={made} failed={failed}")
