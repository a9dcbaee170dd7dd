"""Every action in every state, by everybody: only the steps of the table are made."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from marketplace.common.errors import DomainError
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from marketplace.invariants.testing import taken_back
from orders.constants import ActorKind
from orders.payments.models import Refund
from orders.returns import jobs
from orders.returns.constants import ReturnStatus
from orders.returns.models import Dispute, Return
from orders.returns.services.answering import approve_return, enforce_deadline, reject_return
from orders.returns.services.disputes import open_dispute, refund_dispute, refuse_dispute
from orders.returns.services.receiving import follow_refund, receive_return
from orders.returns.services.requesting import cancel_return
from orders.returns.tests.factories import ask, delivered, make_overdue, return_in, seller_of

pytestmark = pytest.mark.django_db

S = ReturnStatus


def by(kind, row):
    people = {
        ActorKind.SELLER: row.order.shop.owner,
        ActorKind.BUYER: row.order.buyer,
        ActorKind.STAFF: StaffFactory(),
    }
    return {"actor": people.get(kind), "actor_kind": kind}


def overdue(row):
    make_overdue(row)
    return enforce_deadline(row.pk)


def decide(service, row):
    dispute = Dispute.objects.filter(return_request=row).first()
    return service(dispute.pk, actor=StaffFactory(), reason="So it is.") if dispute else False


ACTIONS = {
    **{
        f"{kind} approves": lambda row, kind=kind: approve_return(row.pk, **by(kind, row))
        for kind in ActorKind
    },
    **{
        f"{kind} rejects": lambda row, kind=kind: reject_return(
            row.pk, reason="Worn", **by(kind, row)
        )
        for kind in ActorKind
    },
    **{
        f"{kind} receives": lambda row, kind=kind: receive_return(row.pk, **by(kind, row))
        for kind in ActorKind
    },
    "the time is over": overdue,
    "cancel": lambda row: cancel_return(row.pk, actor=row.order.buyer),
    "dispute": lambda row: open_dispute(row.pk, actor=row.order.buyer, reason="No"),
    "decide for the buyer": partial(decide, refund_dispute),
    "decide for the seller": partial(decide, refuse_dispute),
    "money is back": lambda row: bool(row.refund_id) and follow_refund(row.refund_id),
}
ALLOWED = {
    S.REQUESTED: {
        "seller approves": S.APPROVED,
        "staff approves": S.APPROVED,
        "system approves": S.APPROVED,
        "seller rejects": S.REJECTED,
        "staff rejects": S.REJECTED,
        "the time is over": S.APPROVED,
        "cancel": S.CANCELLED,
    },
    S.APPROVED: {
        "seller receives": S.RECEIVED,
        "staff receives": S.RECEIVED,
        "the time is over": S.CANCELLED,
        "cancel": S.CANCELLED,
        "dispute": S.DISPUTED,
    },
    S.REJECTED: {"dispute": S.DISPUTED},
    S.RECEIVED: {"dispute": S.DISPUTED},
    S.REFUNDED: {"dispute": S.DISPUTED},
    S.DISPUTED: {"decide for the buyer": S.DECIDED, "decide for the seller": S.REJECTED},
    S.DECIDED: {},
    S.CANCELLED: {},
}


@pytest.mark.parametrize("status", S)
def test_only_the_steps_of_the_table_are_made(status):
    made = return_in(status)

    for action in ACTIONS:
        with taken_back():
            take(action, Return.objects.get(pk=made.pk), ALLOWED[status].get(action))


def take(action, row, expected):
    """Do it; `expected` is the status that it leads to, None where nothing may come of it."""
    status = row.status
    before = (Refund.objects.count(), row.events.count(), OutboxEvent.objects.count())

    try:
        done = ACTIONS[action](row)
    except DomainError:
        done = False

    row.refresh_from_db()
    if expected is None:
        after = (Refund.objects.count(), row.events.count(), OutboxEvent.objects.count())
        assert (bool(done), row.status, after) == (False, status, before), action
    else:
        assert row.status == expected, action
        assert row.events.last().from_status == status, action
        assert row.events.last().to_status == expected, action


def test_silence_of_the_seller_approves():
    row = ask(delivered())
    make_overdue(row)

    result = jobs.enforce_return_deadlines()

    row.refresh_from_db()
    assert (result.done, row.status) == (1, "approved")
    last = row.events.last()
    assert (last.actor_kind, last.actor) == ("system", None)
    assert row.deadline_at - row.moved_at >= timedelta(days=13, hours=23)
    assert OutboxEvent.objects.filter(topic="returns.approved").count() == 1


def test_goods_that_were_never_sent_end_the_return():
    row = return_in(S.APPROVED)
    make_overdue(row)

    jobs.enforce_return_deadlines()

    row.refresh_from_db()
    assert row.status == "cancelled"
    assert OutboxEvent.objects.filter(topic="returns.cancelled").count() == 1


def test_job_is_safe_twice_and_leaves_what_is_not_due():
    due, waiting = ask(delivered()), ask(delivered())
    make_overdue(due)

    first, second = jobs.enforce_return_deadlines(), jobs.enforce_return_deadlines()

    assert (first.done, second.done) == (1, 0)
    waiting.refresh_from_db()
    assert waiting.status == "requested"


def test_job_that_comes_very_late_gives_the_buyer_the_whole_time():
    row = ask(delivered())
    Return.objects.update(deadline_at=timezone.now() - timedelta(days=60))

    jobs.enforce_return_deadlines()
    jobs.enforce_return_deadlines()

    row.refresh_from_db()
    assert row.status == "approved"
    assert row.deadline_at > timezone.now() + timedelta(days=13)


def test_dry_run_only_counts():
    row = ask(delivered())
    make_overdue(row)

    assert jobs.enforce_return_deadlines(dry_run=True).done == 1

    row.refresh_from_db()
    assert row.status == "requested"


@pytest.mark.django_db(transaction=True)
def test_job_beside_itself_and_beside_the_seller_makes_one_step():
    for _ in range(5):
        row = ask(delivered())
        make_overdue(row)
        actions = [jobs.enforce_return_deadlines] * 3 + [
            lambda row=row: enforce_deadline(row.pk),
            lambda row=row: reject_return(row.pk, reason="Worn", **seller_of(row)),
        ]

        run_in_parallel(lambda action: action(), arguments=actions)

        row.refresh_from_db()
        assert row.status in {"approved", "rejected"}
        assert row.events.count() == 2
