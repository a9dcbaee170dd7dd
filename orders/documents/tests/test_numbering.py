"""Numbers without gaps and without doubles, whoever issues at the same time and whatever fails."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from catalog.tests.factories import VariantFactory
from marketplace.common.testing import run_in_parallel
from orders.documents.models import Document, DocumentSeries
from orders.documents.services.invoices import issue_invoice
from orders.documents.tests.factories import delivered_cash
from orders.models import Order
from orders.returns.tests.factories import deliver
from orders.tests.factories import place

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 12


class Undone(Exception):
    """What makes a transaction that has issued fail."""


@pytest.fixture
def orders_of_a_shop() -> list[Order]:
    variant = VariantFactory(stock=ORDERS)
    return [deliver(place((variant, 1)).orders.get()) for _ in range(ORDERS)]


def issue_or_fail(order: Order, fails: bool) -> str:
    with transaction.atomic():
        number = issue_invoice(order.pk).number
        if fails:
            raise Undone
    return number


def issue_all(orders: list[Order]) -> list[object]:
    """Issue for every order twice at once, and have every third transaction rolled back."""
    calls = [(order, n % 3 == 0) for n, order in enumerate(orders * 2)]
    return run_in_parallel(lambda call: issue_or_fail(*call), arguments=calls)


def test_numbers_have_neither_gaps_nor_doubles(orders_of_a_shop):
    outcomes = issue_all(orders_of_a_shop)

    assert {type(outcome) for outcome in outcomes} == {str, Undone}
    # Each order had two tries, of which some failed both: those come afterwards.
    for order in orders_of_a_shop:
        issue_invoice(order.pk)
    documents = Document.objects.order_by("position")
    assert [row.position for row in documents] == list(range(1, ORDERS + 1))
    assert len({row.order_id for row in documents}) == ORDERS
    assert len({row.number for row in documents}) == ORDERS
    assert DocumentSeries.objects.get().last_position == ORDERS
    issued = [row.issued_at for row in documents]
    assert issued == sorted(issued)


def test_without_the_lock_numbers_would_be_given_twice(orders_of_a_shop, monkeypatch):
    """The lock is what makes it so: the table refuses what would happen without it."""
    issue_invoice(orders_of_a_shop[0].pk)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows)

    outcomes = run_in_parallel(
        lambda order: issue_invoice(order.pk), arguments=orders_of_a_shop[1:]
    )

    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes)


def test_the_first_invoices_of_two_shops_do_not_wait_for_each_other():
    first, second = delivered_cash(), delivered_cash()

    with transaction.atomic():
        issue_invoice(first.pk)
        (other,) = run_in_parallel(lambda order: issue_invoice(order.pk), arguments=[second])

    assert other.position == 1
