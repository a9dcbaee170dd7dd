"""What guards the books: each transaction adds up, each event posts once."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from orders.settlement.constants import Account, EntryKind, SourceType
from orders.settlement.models import LedgerEntry
from orders.settlement.services.ledger import Leg, Posting, post
from orders.settlement.services.verify import differences

pytestmark = pytest.mark.django_db


def entry(**values):
    return LedgerEntry(
        **{
            "transaction_id": uuid4(),
            "kind": EntryKind.CAPTURE,
            "account": Account.BANK,
            "amount": 1,
            "source_type": SourceType.ORDER,
            "source_id": uuid4(),
            **values,
        }
    )


def test_database_refuses_a_transaction_that_does_not_add_up():
    with (
        pytest.raises(IntegrityError, match="adds up to 1"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        entry().save()
        cursor.execute("SET CONSTRAINTS balanced IMMEDIATE")

    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_unbalanced_transaction_cannot_be_committed():
    with pytest.raises(IntegrityError, match="adds up to 1"), transaction.atomic():
        entry().save()

    assert not LedgerEntry.objects.exists()


def test_sides_of_a_transaction_may_come_one_by_one():
    first = entry()
    first.save()
    entry(
        transaction_id=first.transaction_id, amount=-1, account=Account.BUYER_FUNDS,
        source_id=first.source_id,
    ).save()  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS balanced IMMEDIATE")
        cursor.execute("SET CONSTRAINTS balanced DEFERRED")

    assert LedgerEntry.objects.count() == 2
    # No capture is behind it: the recomputed books say so. Undone, so that the test ends clean.
    assert [found.claim for found in differences()] != []
    transaction.set_rollback(True)


def test_ledger_does_not_take_what_does_not_balance():
    with pytest.raises(ValueError, match="does not balance"):
        post(Posting(EntryKind.CAPTURE, SourceType.ORDER, uuid4(), [Leg(Account.BANK, 1)]))


def test_event_posts_once(paid):
    sale = LedgerEntry.objects.filter(kind=EntryKind.SALE)
    legs = [Leg(Account(row.account), row.amount, row.shop_id) for row in sale]

    with pytest.raises(IntegrityError, match="ledger_"), transaction.atomic():
        post(
            Posting(
                EntryKind.SALE,
                SourceType.PAYMENT_SHARE,
                sale[0].source_id,
                legs,
                order_id=paid.pk,
            )
        )


def test_order_is_sold_once_whatever_pays_it(paid):
    sale = LedgerEntry.objects.filter(kind=EntryKind.SALE)
    legs = [Leg(Account(row.account), row.amount, row.shop_id) for row in sale]

    with pytest.raises(IntegrityError, match="ledger_sale_once"), transaction.atomic():
        post(Posting(EntryKind.SALE, SourceType.PAYMENT_SHARE, uuid4(), legs, order_id=paid.pk))


def test_account_of_a_shop_says_whose_it_is():
    with pytest.raises(IntegrityError, match="ledger_entry_of_whom"), transaction.atomic():
        entry(account=Account.SHOP_PENDING).save()
