"""Histories and ledgers are only ever added to, whatever path leads into the database."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import StaffFactory
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting
from orders.constants import ActorKind as OrderActor
from orders.constants import OrderStatus
from orders.documents.services.invoices import issue_invoice
from orders.fulfilment.services import change_status
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import return_in
from orders.settlement.tests.factories import make_payout
from orders.tests.factories import place_one
from reviews.services.moderation import hide_question, hide_review
from reviews.tests.factories import QuestionFactory, ReviewFactory
from shops.services.states import suspend_shop

pytestmark = pytest.mark.django_db

TABLES = (
    "audit_entry",
    "documents_document",
    "fulfilment_shipmentevent",
    "inventory_stockmovement",
    "orders_orderevent",
    "returns_returnevent",
    "reviews_questiondecision",
    "reviews_reviewdecision",
    "settlement_commissionline",
    "settlement_ledgerentry",
    "settlement_payoutline",
    "shops_shopstatuschange",
)


@pytest.fixture
def _history():
    """At least one row in each of the tables."""
    order = place_one()
    for step in (OrderStatus.CONFIRMED, OrderStatus.PACKED, OrderStatus.SHIPPED):
        change_status(
            order.pk, actor=order.shop.owner, actor_kind=OrderActor.SELLER, to_status=step
        )
    with acting(None, ActorKind.OPERATOR, via="a test"):
        suspend_shop(order.shop_id, actor=StaffFactory(), reason="Goods that are not theirs.")
    hide_review(ReviewFactory().pk, actor=StaffFactory(), reason="Names a person.")
    issue_invoice(return_in(ReturnStatus.REQUESTED).order_id)
    hide_question(QuestionFactory().pk, actor=StaffFactory(), reason="Names a person.")
    make_payout()


@pytest.mark.usefixtures("_history")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}"])
def test_rows_of_a_history_can_be_neither_changed_nor_deleted(table, change):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        (before,) = cursor.fetchone()
        # Of a table in months, it is the partition that says so.
        refused = pytest.raises(IntegrityError, match=rf"{table}\w* is append-only")
        with refused, transaction.atomic():
            cursor.execute(change.format(table))
        cursor.execute(f"SELECT count(*) FROM {table}")

        assert cursor.fetchone() == (before,)
        assert before > 0


def test_every_table_with_the_trigger_is_in_this_test():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgname = 'append_only' AND NOT relispartition"
        )

        assert {row[0] for row in cursor.fetchall()} == set(TABLES)


def test_the_audit_log_cannot_be_emptied():
    with connection.cursor() as cursor:
        # Tests that commit empty every table afterwards, so that theirs has it off.
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER never_emptied")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE audit_entry")
