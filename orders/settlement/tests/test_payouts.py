"""Money that becomes due, payouts of it, and what the seller is told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidTransition
from marketplace.common.testing import run_in_parallel
from orders.models import Order
from orders.payments.constants import RefundKind
from orders.payments.services.refunds import Wanted, complete_refund, request_refund
from orders.payments.tests.factories import place_paid
from orders.services.progress import confirm_receipt
from orders.settlement import jobs
from orders.settlement.constants import Account, EntryKind, PayoutStatus
from orders.settlement.errors import AnotherPersonNeeded, NoBankAccount, NothingToPayOut
from orders.settlement.models import LedgerEntry, Payout, PayoutLine
from orders.settlement.selectors import balance_of, explain_payout
from orders.settlement.services import payouts as service
from orders.settlement.services.payouts import (
    approve_payout,
    draft_payout,
    mark_paid,
    return_payout,
)
from orders.settlement.services.release import hold_order, release_order, unhold_order
from orders.settlement.tests.factories import (
    LONG_AGO,
    complete,
    hand_over,
    make_due,
    make_payout,
    sold_cash,
    with_bank,
)

pytestmark = pytest.mark.django_db


def paid(price=1_000_000, quantity=1, **product):
    return place_paid((VariantFactory(price_amount=price, stock=10, **product), quantity))


def balance(shop):
    found = balance_of(shop)
    return (
        found.pending_amount,
        found.available_amount,
        found.on_hold_amount,
        found.in_transit_amount,
    )


def refund(order, wanted):
    made = request_refund(
        order.pk, wanted, kind=RefundKind.GOODWILL, source=f"t{order.refunds.count()}:{order.pk}",
        actor=None,
    )  # fmt: skip
    complete_refund(made.pk)
    return made


def test_money_is_due_the_days_after_completion(settings):
    settings.SETTLEMENT_HOLD_DAYS = 3
    order = complete(paid(), ago=timedelta(days=2, hours=23))

    assert jobs.release_balances().done == 0
    assert balance(order.shop) == (980_000, 0, 0, 0)

    Order.objects.filter(pk=order.pk).update(completed_at=order.completed_at - timedelta(hours=2))
    assert jobs.release_balances(dry_run=True).done == 1
    assert jobs.release_balances().done == 1
    assert jobs.release_balances().done == 0
    assert balance(order.shop) == (0, 980_000, 0, 0)


def test_cash_is_due_only_when_the_carrier_has_handed_it_over():
    order = complete_cash()

    assert release_order(order.pk) is False

    hand_over((order.number, order.total_amount, 0))
    assert release_order(order.pk) is True
    assert release_order(order.pk) is False


def complete_cash():
    order = sold_cash()
    confirm_receipt(order.pk, actor=order.buyer)
    order.refresh_from_db()
    Order.objects.filter(pk=order.pk).update(completed_at=order.completed_at - LONG_AGO)
    return order


def test_disputed_money_is_held_and_comes_back_to_where_it_was():
    order = complete(paid())

    assert hold_order(order) is True
    assert hold_order(order) is False
    assert balance(order.shop) == (0, 0, 980_000, 0)
    assert release_order(order.pk) is False

    assert unhold_order(order) is True
    assert unhold_order(order) is False
    assert balance(order.shop) == (980_000, 0, 0, 0)

    release_order(order.pk)
    hold_order(order)
    refund(order, Wanted(amount=30_000))
    # Of 30,000 the goods' part is 29,126, of which 1,456 was commission.
    assert balance(order.shop) == (0, 0, 951_456, 0)
    unhold_order(order)
    assert balance(order.shop) == (0, 951_456, 0, 0)


def test_sweep_drafts_what_is_due_once(settings):
    order = make_due(paid())
    with_bank(order.shop)

    assert jobs.sweep_payouts().done == 1
    assert jobs.sweep_payouts().done == 0

    payout = Payout.objects.get()
    assert (payout.amount, payout.status) == (980_000, PayoutStatus.DRAFT)
    assert payout.bank_account_number == "0123456789"
    assert balance(order.shop) == (0, 0, 0, 980_000)


def test_sweep_leaves_small_amounts_and_shops_without_a_bank_account(settings):
    settings.PAYOUT_MINIMUM_AMOUNT = 980_001
    small, homeless = make_due(paid()), make_due(paid(2_000_000))
    with_bank(small.shop)

    assert jobs.sweep_payouts().done == 0
    with pytest.raises(NothingToPayOut):
        draft_payout(small.shop_id, actor=None)
    with pytest.raises(NoBankAccount):
        draft_payout(homeless.shop_id, actor=None)

    settings.PAYOUT_MINIMUM_AMOUNT = 980_000
    assert jobs.sweep_payouts().done == 1


def test_shop_is_paid_out_once_in_the_interval(settings):
    settings.PAYOUT_INTERVAL_DAYS = 7
    payout = make_payout()
    approve_payout(payout.pk, actor=UserFactory())
    make_due(paid(product__shop=payout.shop))

    assert jobs.sweep_payouts().done == 0

    Payout.objects.update(created_at=payout.created_at - timedelta(days=7))
    assert jobs.sweep_payouts().done == 1
    assert Payout.objects.latest("pk").period_start == payout.period_end


def test_who_drafted_a_payout_does_not_approve_it():
    actor = StaffFactory()
    order = make_due(paid())
    payout = draft_payout(with_bank(order.shop).pk, actor=actor)

    with pytest.raises(AnotherPersonNeeded):
        approve_payout(payout.pk, actor=actor)

    assert approve_payout(payout.pk, actor=StaffFactory()).status == PayoutStatus.APPROVED


def test_large_payout_is_approved_by_two(settings):
    settings.PAYOUT_APPROVAL_AMOUNT = 979_999
    payout = make_payout()
    first, second = StaffFactory(), StaffFactory()

    assert approve_payout(payout.pk, actor=first).status == PayoutStatus.DRAFT
    with pytest.raises(AnotherPersonNeeded):
        approve_payout(payout.pk, actor=first)
    done = approve_payout(payout.pk, actor=second)

    assert (done.status, done.first_approved_by, done.approved_by) == ("approved", first, second)


def test_database_refuses_one_person_for_two():
    payout = make_payout()
    person = UserFactory()

    with pytest.raises(IntegrityError, match="payout_by_several"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(first_approved_by=person, approved_by=person)


def test_paid_payout_leaves_the_bank_and_a_returned_one_is_due_again():
    payout = make_payout()
    with pytest.raises(InvalidTransition):
        mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT1")
    approve_payout(payout.pk, actor=StaffFactory())

    mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT1")
    assert balance(payout.shop) == (0, 0, 0, 0)
    bank = LedgerEntry.objects.get(account=Account.BANK)
    assert (bank.kind, bank.amount) == (EntryKind.PAYOUT_PAID, -980_000)

    return_payout(payout.pk, actor=None, reason="No such account.")
    assert balance(payout.shop) == (0, 980_000, 0, 0)
    with pytest.raises(InvalidTransition):
        return_payout(payout.pk, actor=None, reason="Again.")

    again = draft_payout(payout.shop_id, actor=None)
    assert again.amount == 980_000
    assert [step.kind for step in explain_payout(again).others] == ["payout_returned"]


def test_refund_after_the_payout_is_a_debt_that_the_next_payout_settles_first():
    payout = make_payout()
    order = Order.objects.get()
    approve_payout(payout.pk, actor=StaffFactory())
    mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT1")

    refund(order, Wanted(units={order.items.get().pk: 1}))
    assert balance(order.shop) == (0, -950_000, 0, 0)
    with pytest.raises(NothingToPayOut):
        draft_payout(order.shop_id, actor=None)

    make_due(paid(2_000_000, product__shop=order.shop))
    following = draft_payout(order.shop_id, actor=None)
    assert following.amount == 1_930_000 - 950_000
    explained = explain_payout(following)
    assert [(row.order.pk == order.pk, row.amount) for row in explained.orders] == [
        (True, -950_000),
        (False, 1_930_000),
    ]


def test_entry_is_in_one_payout():
    payout = make_payout()
    entry = PayoutLine.objects.get().entry

    with pytest.raises(IntegrityError, match="entry_id"), transaction.atomic():
        PayoutLine.objects.create(payout=payout, entry=entry)


def test_every_amount_of_a_payout_is_explained_to_the_last_unit():
    """Three of 333,333: 999,999 at 5 % is 50,000; one goes back before and 10,000 after it is due.

    With one unit 333,333 of 999,999 go back, and of the 50,000 a third, rounded down: 16,666.
    """
    order = paid(333_333, 3)
    refund(order, Wanted(units={order.items.get().pk: 1}))
    make_due(order)
    refund(order, Wanted(amount=10_000))
    payout = draft_payout(with_bank(order.shop).pk, actor=None)

    found = explain_payout(payout)

    (explained,) = found.orders
    sale, first, second = explained.steps
    assert [step.kind for step in explained.steps] == ["sale", "refund_claim", "refund_claim"]
    item, shipping = sale.lines
    assert (item.quantity, item.goods_amount, item.commission_amount, item.net_amount) == (
        *(3, 999_999, 50_000),
        949_999,
    )
    assert (shipping.shipping_amount, shipping.net_amount) == (35_000, 35_000)
    assert [(row.quantity, row.goods_amount, row.commission_amount) for row in first.lines] == [
        (-1, -333_333, -16_666)
    ]
    assert (first.amount, second.amount) == (-316_667, sum(row.net_amount for row in second.lines))
    for step in explained.steps:
        assert step.amount == sum(row.net_amount for row in step.lines)
    assert found.amount == payout.amount == explained.amount
    assert sum(-row.goods_amount - row.shipping_amount for row in second.lines) == 10_000


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_make_one_payout():
    orders = [make_due(paid()) for _ in range(3)]
    for order in orders:
        with_bank(order.shop)

    results = run_in_parallel(jobs.sweep_payouts, times=6)

    assert sum(result.done for result in results) == 3
    assert sum(result.failed for result in results) == 0
    assert Payout.objects.count() == 3
    assert PayoutLine.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_sweeps_collide_without_the_lock(monkeypatch):
    """The database still makes it one payout, but the sweep fails."""
    order = make_due(paid())
    with_bank(order.shop)
    monkeypatch.setattr(service, "transaction_lock", lambda name: None)

    def sweep():
        try:
            return draft_payout(order.shop_id, actor=None)
        except (IntegrityError, NothingToPayOut) as error:
            return type(error)

    results = run_in_parallel(sweep, times=8)

    assert results.count(IntegrityError) >= 1
    assert Payout.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_payout_and_refund_at_once_keep_the_books_right():
    orders = [make_due(paid()) for _ in range(4)]
    for order in orders:
        with_bank(order.shop)

    run_in_parallel(
        lambda work: work(),
        arguments=[
            *(lambda pk=order.shop_id: draft_payout(pk, actor=None) for order in orders),
            *(lambda row=order: refund(row, Wanted(amount=500_000)) for order in orders),
        ],
    )

    for order in orders:
        pending, available, on_hold, in_transit = balance(order.shop)
        back = order.refunds.get().amount
        assert back == 500_000
        kept = LedgerEntry.objects.filter(shop=order.shop, kind=EntryKind.REFUND_CLAIM).values_list(
            "amount", flat=True
        )
        assert pending + available + on_hold + in_transit == 980_000 - kept[0]


@pytest.mark.django_db(transaction=True)
def test_approvals_at_once_of_one_person_count_once(settings):
    settings.PAYOUT_APPROVAL_AMOUNT = 1
    payout = make_payout()
    person = StaffFactory()

    def approve():
        try:
            return approve_payout(payout.pk, actor=person).status
        except AnotherPersonNeeded:
            return "refused"

    assert sorted(run_in_parallel(approve, times=4)) == ["draft", "refused", "refused", "refused"]
    payout.refresh_from_db()
    assert (payout.status, payout.first_approved_by) == (PayoutStatus.DRAFT, person)
