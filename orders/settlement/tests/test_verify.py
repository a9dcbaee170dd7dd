"""The checks of the ledger are worth something: each fails when its rows are tampered with."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.tests.factories import VariantFactory
from orders.payments.constants import RefundKind
from orders.payments.services.refunds import Wanted, complete_refund, request_refund
from orders.payments.tests.factories import place_paid
from orders.settlement import jobs, tasks
from orders.settlement.checks import CHECKS
from orders.settlement.services.verify import differences
from orders.settlement.tests.factories import hand_over, make_payout, sold_cash

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]

TAMPERING = {
    "The entries of a transaction add up to zero": (
        "UPDATE settlement_ledgerentry SET amount = amount - 1 WHERE account = 'platform_revenue'"
    ),
    "Money that was captured is in the books, and no other": (
        "DELETE FROM settlement_ledgerentry WHERE kind = 'capture'"
    ),
    "An order is sold in the books as it was placed and paid": (
        "DELETE FROM settlement_ledgerentry WHERE kind = 'sale'"
    ),
    "Commission is kept once of each item, and not more than it brought in goes back": (
        "UPDATE settlement_commissionline SET base_amount = base_amount + 1 WHERE kind = 'sale'"
    ),
    "A refund takes from shop, commission and subsidy what it gives the buyer": (
        "DELETE FROM settlement_ledgerentry WHERE kind = 'refund_claim'"
    ),
    "Money is sent back in the books as refunds say": (
        "DELETE FROM settlement_ledgerentry WHERE kind = 'refund_paid'"
    ),
    "Shops are owed for orders in the account where the orders stand": (
        "UPDATE settlement_ordersettlement SET place = 'on_hold'"
    ),
    "A payout is the sum of the entries that it pays": (
        "UPDATE settlement_payout SET amount = amount + 1"
    ),
    "Payouts are in the books as they stand": "UPDATE settlement_payout SET status = 'failed'",
    "What is due to a shop is what no payout has taken": "DELETE FROM settlement_payoutline",
    "Carriers' cash is in the books as their remittances say": (
        "UPDATE settlement_remittanceline SET amount = amount + 1"
    ),
    "Buyers are owed what was captured and neither sold to them nor sent back": (
        "UPDATE payments_paymentshare SET captured_amount = captured_amount - 1"
        " WHERE captured_amount > 0"
    ),
}


@pytest.fixture
def _books():
    """A payout, a refund and handed-over cash."""
    make_payout()
    order = place_paid((VariantFactory(stock=10), 2))
    units = {order.items.get().pk: 1}
    refund = request_refund(
        order.pk, Wanted(units=units), kind=RefundKind.GOODWILL, source="one", actor=None
    )
    complete_refund(refund.pk)
    cash = sold_cash()
    hand_over((cash.number, cash.total_amount, 1_000))


def test_every_check_is_tried():
    assert TAMPERING.keys() == CHECKS.keys()


@pytest.mark.usefixtures("_books")
def test_books_that_are_right_pass(capsys):
    assert list(differences()) == []

    call_command("verify_ledger")

    assert capsys.readouterr().out == f"The ledger is right: {len(CHECKS)} checks hold\n"


@pytest.mark.usefixtures("_books")
@pytest.mark.parametrize("claim", TAMPERING)
def test_rows_that_were_tampered_with_are_named_loudly(claim, capsys, caplog):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ledgerentry", "commissionline", "payoutline"):
            cursor.execute(f"ALTER TABLE settlement_{table} DISABLE TRIGGER append_only")
        cursor.execute(TAMPERING[claim])

    with pytest.raises(CommandError, match="checks of the ledger fail"):
        call_command("verify_ledger")
    with pytest.raises(RuntimeError, match="The ledger differs"):
        tasks.verify_ledger_task()

    assert claim in capsys.readouterr().err
    assert claim in caplog.text
    assert claim in {found.claim for found in jobs.verify_ledger()}
