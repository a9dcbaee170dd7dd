import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.models import Product
from marketplace.common.errors import DomainError
from marketplace.common.locks import job_lock
from marketplace.demo.services import seed_demo

MOST_PRODUCTS = 1_000_000
MOST_SHOPS = 1_000


class Command(BaseCommand):
    """Fill the marketplace with demo accounts, products, orders and reviews.

    Safe twice: products that are there count towards --products.
    """

    help = "Fill the marketplace with a demo: accounts, shops, products, orders, reviews."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--products", type=int, default=2_000, help="up to a million")
        parser.add_argument("--shops", type=int, default=20, help="at least two")
        parser.add_argument("--seed", type=int, default=1, help="another one, another demo")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is any product"
        )

    def handle(
        self,
        *args: Any,
        products: int,
        shops: int,
        seed: int,
        if_empty: bool,
        **options: Any,
    ) -> None:
        if not 1 <= products <= MOST_PRODUCTS:
            raise CommandError(f"--products: 1 to {MOST_PRODUCTS}")
        if not 2 <= shops <= MOST_SHOPS:
            raise CommandError(f"--shops: 2 to {MOST_SHOPS}")
        if if_empty and Product.objects.exists():
            self.stdout.write("seed_demo: there are products already, nothing to do")
            return
        started = time.monotonic()
        with job_lock("seed_demo") as is_mine, self._progress(products) as on_progress:
            if not is_mine:
                raise CommandError("seed_demo is running already")
            try:
                made = seed_demo(products=products, shops=shops, seed=seed, on_progress=on_progress)
            except DomainError as error:
                raise CommandError(str(error)) from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"seed_demo: products={made.products} orders={made.orders} reviews={made.reviews} "
            f"in {seconds:.1f} s"
        )

    @contextmanager
    def _progress(self, products: int) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal; nothing in a log."""
        console = Console(stderr=True)
        columns = (
            TextColumn("products"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=products)
            yield lambda made: progress.update(task, advance=made)
