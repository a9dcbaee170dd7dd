"""Tables that are partitioned by month, as PostgreSQL's catalogue has them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from marketplace.common.partitions.months import Month

# The table as it was before it was partitioned: everything before the month in its name.
BEFORE: Final = "_before_"
# What no month has been made for: nothing, while rotation runs.
REST: Final = "rest"

_TABLES: Final = """
    SELECT parent.relname, key.attname, format_type(key.atttypid, NULL),
        ARRAY(
            SELECT child.relname FROM pg_inherits
            JOIN pg_class child ON child.oid = pg_inherits.inhrelid
            WHERE pg_inherits.inhparent = parent.oid ORDER BY child.relname
        )::text[]
    FROM pg_partitioned_table partitioned
    JOIN pg_class parent ON parent.oid = partitioned.partrelid
    JOIN pg_attribute key
        ON key.attrelid = parent.oid AND key.attnum = partitioned.partattrs[0]
    WHERE partitioned.partstrat = 'r' AND partitioned.partnatts = 1
        AND parent.relnamespace = current_schema()::regnamespace
    ORDER BY parent.relname
"""
# Row triggers come with a partition, those of whole statements do not.
_STATEMENT_TRIGGERS: Final = """
    SELECT pg_get_triggerdef(oid), tgenabled = 'D', quote_ident(tgname) FROM pg_trigger
    WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgtype & 1 = 0
    ORDER BY tgname
"""
_GRANTS: Final = """
    SELECT format('GRANT %%s ON %%I TO %%s', privilege_type, %s::text,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
    FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = %s::regclass AND grantee <> relowner
"""


@dataclass(frozen=True)
class Table:
    """One partitioned table; `key` is the column that decides, of the type `kind`."""

    name: str
    key: str
    kind: str
    partitions: Sequence[str]

    @property
    def rest(self) -> str:
        return f"{self.name}_{REST}"

    @property
    def months(self) -> dict[Month, str]:
        """Return the partitions that are of one month each."""
        made = {name: Month.of_partition(name) for name in self.partitions if BEFORE not in name}
        return {month: name for name, month in made.items() if month}

    @property
    def first(self) -> tuple[str, Month] | None:
        """Return the table as it was, and the month that it ends before."""
        for name in self.partitions:
            if BEFORE in name and (end := Month.of_partition(name)):
                return name, end
        return None

    def months_ahead(self, today: date) -> int:
        """Return how many months after this one have a partition, without a gap."""
        made, this, ahead = self.months, Month.of(today), 0
        while this.plus(ahead + 1) in made:
            ahead += 1
        return ahead

    def partition(self, month: Month) -> str:
        return f"{self.name}_{month}"

    def values(self, month: Month) -> str:
        """Return the bounds of a month, as `FOR VALUES` has them."""
        return f"FROM ({month.bound(self.kind)}) TO ({month.plus(1).bound(self.kind)})"

    def condition(self, month: Month) -> str:
        start, end = month.bound(self.kind), month.plus(1).bound(self.kind)
        return f"{self.key} >= {start} AND {self.key} < {end}"

    def months_in_rest(self) -> list[Month]:
        """Return the months of which the rest has rows; a look into the index for each."""
        found: list[Month] = []
        with connection.cursor() as cursor:
            while True:
                where = f"WHERE {self.key} >= {found[-1].plus(1).bound(self.kind)}" if found else ""
                cursor.execute(
                    f"SELECT {self.key}::text FROM {self.rest} {where} "  # noqa: S608 - names of ours
                    f"ORDER BY {self.key} LIMIT 1"
                )
                row = cursor.fetchone()
                if row is None:
                    return found
                found.append(Month.of_text(row[0], self.kind))


def partitioned_tables() -> list[Table]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [Table(*row) for row in cursor.fetchall()]


def statement_triggers(table: str) -> list[tuple[str, bool, str]]:
    """Return how each is made, whether it is off, and its name."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT_TRIGGERS, [table])
        return list(cursor.fetchall())


@contextmanager
def triggers_off(table: str) -> Iterator[None]:
    """Have no trigger of ours look at what is done; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tgname) FROM pg_trigger "
            "WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        yield
        for name in names:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def dress(partition: str, *, like: str) -> None:
    """Give a partition what it does not get by being attached: guards of statements, and grants."""
    with connection.cursor() as cursor:
        for definition, is_off, name in statement_triggers(like):
            cursor.execute(definition.replace(f" ON public.{like} ", f" ON {partition} "))
            if is_off:
                cursor.execute(f"ALTER TABLE {partition} DISABLE TRIGGER {name}")
        cursor.execute(_GRANTS, [partition, like])
        for (grant,) in cursor.fetchall():
            cursor.execute(grant)
