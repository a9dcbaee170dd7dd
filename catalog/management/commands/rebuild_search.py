import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.models import Product, SearchDocument, SearchRebuild
from catalog.search.documents import BATCH, rebuild_documents, rebuild_words
from marketplace.common.locks import job_lock

LOG_EVERY = 20


class Command(BaseCommand):
    help = (
        "Bring what products are found by up to date, batch by batch. Safe at any time and beside "
        "itself; after an interruption it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="products per transaction")
        parser.add_argument(
            "--restart", action="store_true", help="begin anew after an interruption"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where all was indexed once"
        )

    def handle(self, *args: Any, batch: int, restart: bool, if_empty: bool, **options: Any) -> None:
        if if_empty and (_is_indexed() or not Product.objects.exists()):
            return
        if batch < 1:
            raise CommandError("--batch: at least 1")
        started, console = time.monotonic(), Console(stderr=True)
        columns = (TextColumn("products"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        total = Product.objects.filter(archived_at=None).count()
        with (
            job_lock("catalog.rebuild_search") as is_ours,
            Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ):
            if not is_ours:
                raise CommandError("rebuild_search is running already")
            task = progress.add_task("", total=total)

            def on_progress(done: int) -> None:
                progress.update(task, completed=done)
                if not console.is_terminal and done // batch % LOG_EVERY == 0:
                    self.stderr.write(f"rebuild_search: {done} of {total}")

            done = rebuild_documents(batch=batch, is_restart=restart, on_progress=on_progress)
            rebuild_words()
        self.stdout.write(f"rebuild_search: products={done} in {time.monotonic() - started:.1f} s")


def _is_indexed() -> bool:
    return SearchDocument.objects.exists() and not SearchRebuild.objects.exists()
