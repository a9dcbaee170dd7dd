import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.models import Product
from marketplace.common.locks import job_lock
from reviews.services.ratings import BATCH, rebuild_ratings

LOG_EVERY = 20


class Command(BaseCommand):
    help = (
        "Set the ratings of products and shops to those of their public reviews, batch by batch. "
        "Safe at any time, twice, and beside live writes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="rows per transaction")
        parser.add_argument("--dry-run", action="store_true", help="only count what is wrong")

    def handle(self, *args: Any, batch: int, dry_run: bool, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch: at least 1")
        started, done, batches = time.monotonic(), 0, 0
        console = Console(stderr=True)
        columns = (TextColumn("products"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        total = Product.objects.count()
        with (
            job_lock("reviews.rebuild_ratings") as is_ours,
            Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ):
            if not is_ours:
                raise CommandError("rebuild_ratings is running already")
            task = progress.add_task("", total=total)

            def on_progress(count: int) -> None:
                nonlocal done, batches
                done, batches = done + count, batches + 1
                progress.update(task, advance=count)
                if not console.is_terminal and batches % LOG_EVERY == 0:
                    self.stderr.write(f"rebuild_ratings: {done} of {total} products")

            found = rebuild_ratings(dry_run=dry_run, batch=batch, on_progress=on_progress)
        self.stdout.write(
            f"rebuild_ratings: products={found.products} wrong={found.wrong_products} "
            f"shops={found.shops} wrong={found.wrong_shops} "
            f"in {time.monotonic() - started:.1f} s"
        )
