"""Making the months ahead, and dropping those that nobody wants kept."""

import logging
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from marketplace.common.locks import job_lock
from marketplace.common.partitions.months import Month
from marketplace.common.partitions.tables import (
    Table,
    dress,
    partitioned_tables,
    triggers_off,
)

logger = logging.getLogger(__name__)

# This month and so many after it exist.
MONTHS_AHEAD: Final = 3
# To be attached, a partition needs the table for a moment: who waits for it makes others wait.
_LOCK_TIMEOUT: Final = "1s"


@dataclass
class Rotation:
    made: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    is_running_elsewhere: bool = False

    def __str__(self) -> str:
        if self.is_running_elsewhere:
            return "running elsewhere"
        return f"made={len(self.made)} dropped={len(self.dropped)} failed={len(self.failed)}"


def rotate_partitions(*, dry_run: bool = False) -> Rotation:
    """Make the months ahead of every partitioned table, and drop those beyond their retention.

    Safe late, twice and beside itself. What a long read holds up is left for the next run: rows
    without a month's partition lie in the rest, and move when it is made.
    """
    result = Rotation()
    with job_lock("partitions.rotate") as is_ours:
        if not is_ours:
            return Rotation(is_running_elsewhere=True)
        for table in partitioned_tables():
            for month in _wanted(table):
                _try(result.made, result.failed, table.partition(month), dry_run, table, month)
            for name in _expired(table):
                _try(result.dropped, result.failed, name, dry_run)
    return result


def make_month(table: Table, month: Month) -> None:
    """Make the partition of a month, with the rows of it that are in the rest."""
    name = table.partition(month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            f"CREATE TABLE {name} (LIKE {table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
            "INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION)"
        )
        cursor.execute(f"LOCK TABLE {table.rest} IN ACCESS EXCLUSIVE MODE")
        # A guard that refuses changes does not mean these, which leave each row as it is.
        with triggers_off(table.rest):
            cursor.execute(
                f"WITH moved AS (DELETE FROM {table.rest} WHERE {table.condition(month)} "  # noqa: S608 - names of ours
                f"RETURNING *) INSERT INTO {name} SELECT * FROM moved"
            )
        cursor.execute(
            f"ALTER TABLE {table.name} ATTACH PARTITION {name} FOR VALUES {table.values(month)}"
        )
        dress(name, like=table.name)


def _wanted(table: Table) -> list[Month]:
    """Return the months to make: those ahead, and any that rows in the rest are of."""
    this = Month.of(timezone.now().date())
    begins = table.first[1] if table.first else this
    ahead = {month for n in range(MONTHS_AHEAD + 1) if (month := this.plus(n)) >= begins}
    return sorted((ahead | set(table.months_in_rest())) - set(table.months))


def _expired(table: Table) -> list[str]:
    kept = settings.PARTITION_RETENTION_MONTHS.get(table.name, 0)
    if not kept:
        return []
    oldest = Month.of(timezone.now().date()).plus(-kept)
    found = [name for month, name in table.months.items() if month < oldest]
    if table.first and table.first[1] <= oldest:
        found.append(table.first[0])
    return sorted(found)


def _try(
    done: list[str],
    failed: list[str],
    name: str,
    dry_run: bool,
    table: Table | None = None,
    month: Month | None = None,
) -> None:
    try:
        if not dry_run:
            if table is not None and month is not None:
                make_month(table, month)
            else:
                _drop(name)
    except OperationalError:
        logger.warning("The partition %s has to wait for the next run", name, exc_info=True)
        failed.append(name)
    else:
        done.append(name)


def _drop(name: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        cursor.execute(f"DROP TABLE {name}")
