from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from marketplace.common.local_days import today
from orders.metrics.constants import FIRST_DAY, LAST_DAY
from orders.metrics.jobs import rollup_metrics


def a_day(text: str) -> date:
    """Read a day such as 2026-01-31."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-01-31") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ArgumentTypeError(f"from {FIRST_DAY} to {LAST_DAY}")
    return day


class Command(BaseCommand):
    help = (
        "Count what dashboards show, per day: what has changed since the last run, or all days "
        "from --from to --to. Safe at any time, twice, and beside itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", type=a_day, dest="first", help="the first day, YYYY-MM-DD")
        parser.add_argument("--to", type=a_day, dest="last", help="the last day; today")

    def handle(
        self, *args: Any, first: date | None = None, last: date | None = None, **options: Any
    ) -> None:
        if first is None:
            if last is not None:
                raise CommandError("--to needs --from")
            self.stdout.write(str(rollup_metrics()))
            return
        last = last or today()
        if last < first:
            raise CommandError("--to is before --from")
        console = Console(stderr=True)
        columns = (TextColumn("days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=(last - first).days + 1)
            result = rollup_metrics(
                first, last, on_progress=lambda n: progress.update(task, advance=n)
            )
        self.stdout.write(str(result))
