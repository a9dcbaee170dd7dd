"""Chargebacks: before staff while they may be won, in the books and nowhere sent once lost."""

import pytest
from django.contrib.auth.models import Group
from django.db.models import Sum

from accounts.services import setup_groups
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, run_in_parallel
from orders.payments import fake
from orders.payments.constants import OutcomeKind, RefundKind
from orders.payments.gateways.base import Outcome
from orders.payments.models import Payment, ReconciliationTask, Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.chargebacks import record_lost_chargeback
from orders.payments.services.refunds import (
    Wanted,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.start import create_payment
from orders.payments.services.tasks import close_task
from orders.payments.services.unsent_refunds import close_refund
from orders.payments.tests.factories import (
    captured,
    charged_back,
    disputed,
    pay_at_fake,
    place_online,
)
from orders.settlement.models import LedgerEntry
from shops.errors import ConflictOfInterest

pytestmark = pytest.mark.django_db

TASKS = "/admin/payments/reconciliationtask/"


@pytest.fixture
def payment():
    """A payment of two orders: 100,000 and 300,000, with shipping of 30,000 each."""
    variants = [VariantFactory(price_amount=price) for price in (100_000, 300_000)]
    made = place_online(*((variant, 1) for variant in variants))
    pay_at_fake(made)
    apply_outcome(made.pk, captured(made))
    made.refresh_from_db()
    assert made.amount == 460_000
    return made


def lose(task, actor=None):
    record_lost_chargeback(task.pk, actor=actor or StaffFactory(), note="Letter of 22 November.")
    task.refresh_from_db()


def ask(order, wanted, source="test"):
    return request_refund(
        order.pk, wanted, kind=RefundKind.GOODWILL, source=source, actor=StaffFactory()
    )


def orders_of(payment):
    return list(payment.checkout.orders.order_by("total_amount"))


def books():
    sums = LedgerEntry.objects.values_list("account").annotate(Sum("amount"))
    return {account: amount for account, amount in sums if amount}


def state():
    tables = (Refund, ReconciliationTask, LedgerEntry, OutboxEvent, Payment)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_lost_chargeback_is_in_the_books_and_nothing_is_sent(payment):
    task = charged_back(payment, 460_000)
    assert books()["payment_clearing"] == 460_000
    staff = StaffFactory()

    lose(task, staff)
    drain_outbox()

    assert books() == {}
    refunds = Refund.objects.order_by("amount")
    assert [(row.amount, row.status, row.provider_reference) for row in refunds] == [
        (130_000, "succeeded", "dp_1"),
        (330_000, "succeeded", "dp_1"),
    ]
    assert {row.kind for row in refunds} == {"chargeback"}
    assert fake.look_up(payment.reference).refunds == {}
    payment.refresh_from_db()
    assert payment.status == "refunded"
    assert {order.payment_status for order in orders_of(payment)} == {"refunded"}
    assert (task.status, task.resolved_by, task.note) == (
        "resolved",
        staff,
        "Lost. Letter of 22 November.",
    )
    before = state()
    with pytest.raises(InvalidTransition):
        lose(task)
    assert state() == before


def test_orders_bear_a_part_in_proportion_to_what_is_left_of_each(payment):
    small, large = orders_of(payment)
    complete_refund(ask(small, Wanted(amount=20_000)).pk)

    lose(charged_back(payment, 44_000))

    taken = dict(Refund.objects.filter(kind="chargeback").values_list("order", "amount"))
    assert taken == {small.pk: 11_000, large.pk: 33_000}
    small.refresh_from_db()
    assert small.payment_status == "partially_refunded"


def test_refunds_on_their_way_are_ended_before_what_they_leave_too_little_for(payment, settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    small, _large = orders_of(payment)
    waiting = ask(small, Wanted(amount=2_000))
    task = charged_back(payment, 460_000)
    before = state()

    with pytest.raises(InvalidTransition):
        lose(task)
    assert state() == before

    reject_refund(waiting.pk, actor=StaffFactory(), reason="Charged back.")
    lose(task)
    assert books() == {}


def test_what_the_buyer_had_back_before_is_another_task(payment):
    small, _large = orders_of(payment)
    complete_refund(ask(small, Wanted()).pk)

    lose(charged_back(payment, 460_000))

    assert Refund.objects.get(kind="chargeback").amount == 330_000
    rest = ReconciliationTask.objects.get(status="open")
    assert (rest.kind, rest.details["not_in_the_books"]) == ("amount_mismatch", 130_000)


def test_money_sent_back_at_the_provider_afterwards_is_not_taken_for_it(payment):
    lose(charged_back(payment, 46_000))

    sent = captured(payment, refunded_amount=5_000)
    apply_outcome(payment.pk, Outcome(**{**vars(sent), "kind": OutcomeKind.REFUNDED}))

    external = Refund.objects.filter(kind="external")
    assert external.aggregate(total=Sum("amount"))["total"] == 5_000


def test_chargeback_of_what_was_paid_twice_leaves_the_order_paid(payment):
    orders = orders_of(payment)
    twice = create_payment(
        payment.checkout, orders, method=payment.provider, expires_at=payment.expires_at
    )
    apply_outcome(twice.pk, captured(twice))
    refused = list(Refund.objects.filter(payment=twice, kind="surplus"))
    for row in refused:
        fail_refund(row.pk, error="charge_disputed")
    before = books()

    lose(charged_back(twice, 460_000))

    assert {order.payment_status for order in orders_of(payment)} == {"paid"}
    assert before["payment_clearing"] - books()["payment_clearing"] == 460_000
    assert {name: books()[name] for name in ("shop_pending", "platform_revenue")} == {
        name: before[name] for name in ("shop_pending", "platform_revenue")
    }
    for row in refused:
        assert close_refund(row.pk, actor=StaffFactory(), reason="dp_1").status == "rejected"


def test_chargeback_that_was_closed_as_won_by_mistake_is_lost_after_all(payment):
    task = charged_back(payment, 46_000)
    close_task(task.pk, actor=StaffFactory(), note="Won.")
    held = books()["payment_clearing"]
    staff = StaffFactory()

    lose(task, staff)

    assert sorted(Refund.objects.values_list("amount", flat=True)) == [13_000, 33_000]
    assert held - books()["payment_clearing"] == 46_000
    assert (task.resolved_by, task.note) == (staff, "Lost. Letter of 22 November.")
    before = state()
    with pytest.raises(InvalidTransition):
        lose(task)
    assert state() == before


def end(payment, kind, amount=46_000):
    return apply_outcome(payment.pk, disputed(payment, amount, kind=kind))


def test_provider_says_once_that_it_is_lost_however_often_and_in_whatever_order(payment):
    held = books()["payment_clearing"]

    assert end(payment, OutcomeKind.DISPUTE_LOST) == "applied"
    before = state()
    assert end(payment, OutcomeKind.DISPUTE_LOST) == "duplicate"
    assert end(payment, OutcomeKind.DISPUTED) == "duplicate"

    assert state() == before
    assert held - books()["payment_clearing"] == 46_000
    task = ReconciliationTask.objects.get()
    assert (task.status, task.resolved_by, task.note) == (
        "resolved",
        None,
        "Lost, as the provider says.",
    )
    with pytest.raises(InvalidTransition):
        lose(task)


def test_provider_says_that_it_is_won_and_nothing_moves(payment):
    task = charged_back(payment, 46_000)
    held = books()

    assert end(payment, OutcomeKind.DISPUTE_WON) == "applied"
    assert end(payment, OutcomeKind.DISPUTE_WON) == "duplicate"

    assert (books(), Refund.objects.count()) == (held, 0)
    task.refresh_from_db()
    assert (task.status, task.note) == ("resolved", "Won, as the provider says.")


def test_provider_that_says_lost_of_what_staff_closed_as_won_is_a_task(payment):
    first = charged_back(payment, 46_000)
    close_task(first.pk, actor=StaffFactory(), note="Won.")
    held = books()

    assert end(payment, OutcomeKind.DISPUTE_LOST) == "applied"
    end(payment, OutcomeKind.DISPUTE_LOST)

    second = ReconciliationTask.objects.get(status="open")
    assert (second.kind, second.key, second.details["said"]) == ("chargeback", "dp_1", "lost")
    assert (books(), Refund.objects.count()) == (held, 0)
    lose(second)
    assert held["payment_clearing"] - books()["payment_clearing"] == 46_000
    with pytest.raises(InvalidTransition):
        lose(first)


def test_provider_that_says_won_of_what_staff_lost_is_a_task_that_cannot_be_lost_again(payment):
    lose(charged_back(payment, 46_000))
    held = books()

    assert end(payment, OutcomeKind.DISPUTE_WON) == "applied"

    task = ReconciliationTask.objects.get(status="open")
    assert (task.details["said"], books()) == ("won", held)
    with pytest.raises(InvalidTransition):
        lose(task)
    assert books() == held


def test_provider_says_lost_while_a_refund_is_in_the_way_and_staff_end_it_first(payment, settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    waiting = ask(orders_of(payment)[0], Wanted(amount=2_000))
    task = charged_back(payment, 460_000)

    end(payment, OutcomeKind.DISPUTE_LOST, 460_000)

    task.refresh_from_db()
    assert (task.status, task.details["said"]) == ("open", "lost")
    assert not Refund.objects.filter(kind="chargeback").exists()
    reject_refund(waiting.pk, actor=StaffFactory(), reason="Charged back.")
    lose(task)
    assert books() == {}


@pytest.mark.django_db(transaction=True)
def test_chargeback_is_lost_once_however_many_say_so_at_once(payment):
    task, staff = charged_back(payment, 46_000), StaffFactory()

    def one():
        record_lost_chargeback(task.pk, actor=staff, note="Letter.")

    outcomes = run_in_parallel(one, times=4)

    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 3
    assert Refund.objects.aggregate(total=Sum("amount"))["total"] == 46_000


def test_nobody_loses_or_closes_a_chargeback_of_their_own(payment):
    task = charged_back(payment, 1_000)
    before = state()

    for actor in (payment.checkout.buyer, orders_of(payment)[1].shop.owner):
        with pytest.raises(ConflictOfInterest):
            lose(task, actor)
        with pytest.raises(ConflictOfInterest):
            close_task(task.pk, actor=actor, note="Won.")
    other = ReconciliationTask.objects.create(kind="stuck", key="x", payment=payment)
    with pytest.raises(InvalidTransition):
        lose(other)

    other.delete()
    assert state() == before


def test_task_about_a_refund_is_not_closed_by_those_of_its_order_alone(payment):
    refund = ask(orders_of(payment)[0], Wanted(amount=1_000))
    fail_refund(refund.pk, error="expired_card: No")
    task = ReconciliationTask.objects.get(refund=refund)
    own, other = (order.shop.owner for order in orders_of(payment))

    with pytest.raises(ConflictOfInterest):
        close_task(task.pk, actor=own, note="Done.")
    close_task(task.pk, actor=other, note="Done.")

    task.refresh_from_db()
    assert (task.resolved_by, task.note) == (other, "Done.")
    with pytest.raises(InvalidTransition):
        close_task(task.pk, actor=StaffFactory(), note="Again.")


@pytest.mark.parametrize(("group", "amounts"), [("Finance", [130_000, 330_000]), ("Support", [])])
def test_finance_loses_it_in_the_console(client, payment, group, amounts):
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    task = charged_back(payment, 460_000)

    client.post(TASKS, {"action": "lose", "_selected_action": task.pk, "reason": "Letter."})

    assert sorted(Refund.objects.values_list("amount", flat=True)) == amounts
    task.refresh_from_db()
    assert task.resolved_by == (user if amounts else None)
