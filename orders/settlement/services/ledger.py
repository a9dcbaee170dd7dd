"""The one way into the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.common.ids import uuid7
from orders.settlement.constants import Account, EntryKind, SourceType
from orders.settlement.models import LedgerEntry


@dataclass(frozen=True)
class Leg:
    """One side of a transaction: a debit (positive) or credit (negative) of an account."""

    account: Account
    amount: int
    shop_id: UUID | None = None
    party: str = ""


@dataclass(frozen=True)
class Posting:
    """A transaction to be written, and what it is written for."""

    kind: EntryKind
    source_type: SourceType
    source_id: UUID
    legs: Sequence[Leg]
    order_id: UUID | None = None
    sequence: int = 0


def post(*postings: Posting) -> None:
    """Write transactions; sides of zero are left out.

    Raises: ValueError for one that does not add up to zero; IntegrityError for one that is in the
    books already.
    """
    entries = []
    for posting in postings:
        if sum(leg.amount for leg in posting.legs):
            raise ValueError(f"The transaction does not balance: {posting}")
        transaction_id = uuid7()
        entries += [
            LedgerEntry(
                transaction_id=transaction_id,
                kind=posting.kind,
                account=leg.account,
                shop_id=leg.shop_id,
                party=leg.party,
                order_id=posting.order_id,
                amount=leg.amount,
                source_type=posting.source_type,
                source_id=posting.source_id,
                sequence=posting.sequence,
            )
            for leg in posting.legs
            if leg.amount
        ]
    LedgerEntry.objects.bulk_create(entries)
