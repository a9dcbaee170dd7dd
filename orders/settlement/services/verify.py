"""Prove the books by computing them once more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from orders.settlement.checks import CHECKS

MAX_ROWS: Final = 100


@dataclass(frozen=True)
class Difference:
    """What does not hold in the books, and the first rows that show it."""

    claim: str
    rows: list[tuple[Any, ...]]

    def __str__(self) -> str:
        more = " or more" if len(self.rows) == MAX_ROWS else ""
        shown = "\n".join(f"  {', '.join(map(str, row))}" for row in self.rows)
        return f"{self.claim}: {len(self.rows)}{more} rows differ\n{shown}"


def differences() -> Iterator[Difference]:
    """Yield what in the books differs from orders, payments, refunds, payouts and remittances.

    Each question sees one moment of the live database, and takes no locks.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for claim, query in CHECKS.items():
            cursor.execute(f"{query} LIMIT {MAX_ROWS}")
            if rows := cursor.fetchall():
                yield Difference(claim, rows)
