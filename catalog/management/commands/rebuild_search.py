import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.models import Product, SearchDocument
from catalog.search.documents import BATCH, rebuild_documents, rebuild_words
from marketplace.common.locks import job_lock

LOG_EVERY = 20


class Command(BaseCommand):
    help = (
        "Bring what products are found by up to date, batch by batch. Safe at any time and beside "
        "itself; after an interruption go on with --after."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="products per transaction")
        parser.add_argument("--after", type=UUID, help="the last id that an earlier run named")

        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where anything is indexed already"
        )

    def handle(
        self, *args: Any, batch: int, after: UUID | None, if_empty: bool, **options: Any
    ) -> None:
        if if_empty and (SearchDocument.objects.exists() or not Product.objects.exists()):
            return
        if batch < 1:
            raise CommandError("--batch: at least 1")
        started, done = time.monotonic(), 0
        console = Console(stderr=True)
        columns = (TextColumn("products"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        live = Product.objects.filter(archived_at=None)
        total = (live.filter(pk__gt=after) if after else live).count()
        with (
            job_lock("catalog.rebuild_search") as is_ours,
            Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ):
            if not is_ours:
                raise CommandError("rebuild_search is running already")
            task = progress.add_task("", total=total)

            def on_progress(ids: Sequence[UUID]) -> None:
                nonlocal done
                done += len(ids)
                progress.update(task, advance=len(ids))
                if not console.is_terminal and done // batch % LOG_EVERY == 0:
                    self.stderr.write(f"rebuild_search: {done} of {total}, last id {ids[-1]}")

            rebuild_documents(after=after, batch=batch, on_progress=on_progress)
            rebuild_words()
        self.stdout.write(f"rebuild_search: products={done} in {time.monotonic() - started:.1f} s")
