"""Periodic jobs: how they go through rows, and the management command that is one way into them."""

import logging
from argparse import ArgumentParser
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import connection

from marketplace.common.locks import job_lock

P = ParamSpec("P")
logger = logging.getLogger(__name__)

DEFAULT_LIMIT = 10_000


@dataclass
class JobResult:
    """How many rows a job changed, how many had moved on by themselves, how many it could not."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    is_running_elsewhere: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to tell of."""
        return bool(self.done or self.failed)

    def __str__(self) -> str:
        if self.is_running_elsewhere:
            return "running elsewhere"
        return f"done={self.done} skipped={self.skipped} failed={self.failed}"


def one_at_a_time(name: str) -> Callable[[Callable[P, JobResult]], Callable[P, JobResult]]:
    """Let a job alone while it runs: a second run beside it does nothing, and says so."""

    def decorate(job: Callable[P, JobResult]) -> Callable[P, JobResult]:
        @wraps(job)
        def run(*args: P.args, **kwargs: P.kwargs) -> JobResult:
            with job_lock(name) as is_ours:
                return job(*args, **kwargs) if is_ours else JobResult(is_running_elsewhere=True)

        return run

    return decorate


def work_off(due: Collection[UUID], work: Callable[[UUID], bool], *, dry_run: bool) -> JobResult:
    """Go through what is due, as `work_through` does, or only count it."""
    return JobResult(done=len(due)) if dry_run else work_through(due, work)


def work_through(ids: Iterable[UUID], work: Callable[[UUID], bool]) -> JobResult:
    """Call `work` for each row; False means that there was nothing left to do.

    A row that fails is logged and stays due: it must not keep the rows behind it from their turn.
    Raises: what the row raised, once the database connection is lost and every row would.
    """
    result = JobResult()
    for row_id in ids:
        try:
            if work(row_id):
                result.done += 1
            else:
                result.skipped += 1
        except Exception:
            logger.exception("A job failed on row %s", row_id)
            if not connection.is_usable():
                raise
            result.failed += 1
    return result


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
