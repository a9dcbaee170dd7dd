"""What the two commands have in common: the key, a progress display, help with examples."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.base import DjangoHelpFormatter as HelpFormatter
from rich.console import Console
from rich.progress import (
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from marketplace.backups.errors import BackupError
from marketplace.backups.sealing import parse_key
from marketplace.backups.services import OnProgress


class _WithExamples(HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "".join(f"{indent}{line}\n" for line in text.splitlines())


class BackupCommand(BaseCommand):
    """Help with examples; errors of backups as errors of the command."""

    examples = ""
    # They work on a database that has nothing in it.
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs |= {"formatter_class": _WithExamples, "epilog": self.examples}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def key(self) -> bytes:
        if not settings.BACKUP_KEY:
            raise CommandError(
                "BACKUP_KEY is not set. Make one by `manage.py backup --new-key`, and keep it "
                "apart from the backups: without it nobody can read them."
            )
        try:
            return parse_key(settings.BACKUP_KEY)
        except BackupError as error:
            raise CommandError(str(error)) from error

    @contextmanager
    def progress(self) -> Iterator[OnProgress]:
        """Show what is being done on a terminal; nothing in a log."""
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn())
        with Progress(
            *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
        ) as progress:
            tasks: dict[str, TaskID] = {}

            def on_progress(what: str, more: int) -> None:
                if what not in tasks:
                    tasks[what] = progress.add_task(what, total=None)
                progress.advance(tasks[what], more)

            yield on_progress


def size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
