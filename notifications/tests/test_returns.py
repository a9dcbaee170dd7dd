"""Who is told of which step of a return."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from accounts.services import setup_groups
from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common.testing import drain_outbox
from notifications.models import Notification
from orders.returns.constants import ReturnStatus as S
from orders.returns.models import Return
from orders.returns.services.answering import enforce_deadline
from orders.returns.services.disputes import refuse_dispute
from orders.returns.tests.factories import ask, delivered, make_overdue, return_in

pytestmark = pytest.mark.django_db


def told(row):
    """Return who was told what of a return since, by side."""
    drain_outbox()
    sides = {row.order.buyer_id: "buyer", row.order.shop.owner_id: "owner"}
    return {
        (sides.get(note.user_id, "staff"), note.type)
        for note in Notification.objects.filter(type__regex="^(return|dispute)_")
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (S.REQUESTED, {("owner", "return_requested")}),
        (S.APPROVED, {("buyer", "return_approved")}),
        (S.REJECTED, {("buyer", "return_rejected")}),
        (S.CANCELLED, {("owner", "return_cancelled")}),
        (S.REFUNDED, {("buyer", "return_received"), ("buyer", "return_refunded")}),
        (S.DISPUTED, {("owner", "dispute_opened")}),
        (S.DECIDED, {("buyer", "dispute_decided"), ("owner", "dispute_decided")}),
    ],
)
def test_each_step_is_told_to_the_other_side(status, expected):
    row = return_in(status)

    assert told(row) >= expected


def test_words_say_what_matters():
    row = return_in(S.REFUNDED)
    told(row)

    note = Notification.objects.get(type="return_refunded")
    assert row.order.number in note.body
    assert f"{row.refund.amount:,}".replace(",", ".") in note.body
    assert note.data["return_id"] == str(row.pk)
    assert note.data["order_id"] == str(row.order_id)


def test_last_day_is_that_of_the_people(settings):
    settings.LOCAL_TIME_ZONE = "Asia/Ho_Chi_Minh"
    row = ask(delivered())
    Return.objects.update(deadline_at=datetime(2030, 12, 24, 18, tzinfo=UTC))
    told(row)

    assert "2030-12-25" in Notification.objects.get(type="return_requested").body


def test_silence_is_told_to_both_and_goods_never_sent_too():
    row = ask(delivered())
    make_overdue(row)
    enforce_deadline(row.pk)

    assert told(row) >= {("buyer", "return_approved"), ("owner", "return_approved_by_silence")}
    make_overdue(row)
    enforce_deadline(row.pk)
    assert told(row) >= {("buyer", "return_cancelled"), ("owner", "return_cancelled")}


def test_dispute_is_told_to_the_staff_who_decide():
    setup_groups()
    support, finance = UserFactory(is_staff=True), UserFactory(is_staff=True)
    support.groups.add(Group.objects.get(name="Support"))
    finance.groups.add(Group.objects.get(name="Finance"))
    row = return_in(S.DISPUTED)

    assert ("staff", "dispute_to_decide") in told(row)
    note = Notification.objects.get(user=support)
    assert note.data["dispute_id"] == str(row.dispute.pk)
    assert not Notification.objects.filter(user=finance).exists()

    refuse_dispute(row.dispute.pk, actor=StaffFactory(), reason="Worn for weeks.")
    told(row)
    decided = Notification.objects.filter(type="dispute_decided")
    assert decided.count() == 2
    assert all("Worn for weeks." in note.body for note in decided)
