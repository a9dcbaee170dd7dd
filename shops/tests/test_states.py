"""The life of a shop."""

import pytest
from django.db import DatabaseError, transaction

from accounts.tests.factories import StaffFactory
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel
from shops.constants import TRANSITIONS, ShopStatus
from shops.models import Shop, ShopStatusChange
from shops.services.states import (
    approve_shop,
    close_shop,
    reapply_shop,
    reject_shop,
    reopen_shop,
    suspend_shop,
)
from shops.tests.factories import ShopFactory

# What each step may start from, and where it leads.
STEPS = {
    approve_shop: ({ShopStatus.PENDING}, ShopStatus.APPROVED, "shops.approved"),
    reject_shop: ({ShopStatus.PENDING}, ShopStatus.REJECTED, "shops.rejected"),
    reapply_shop: ({ShopStatus.REJECTED}, ShopStatus.PENDING, "shops.reapplied"),
    suspend_shop: ({ShopStatus.APPROVED}, ShopStatus.SUSPENDED, "shops.suspended"),
    reopen_shop: ({ShopStatus.SUSPENDED}, ShopStatus.APPROVED, "shops.reopened"),
    close_shop: (
        {ShopStatus.APPROVED, ShopStatus.SUSPENDED},
        ShopStatus.CLOSED,
        "shops.closed",
    ),
}
WITH_REASON = {reject_shop, suspend_shop, close_shop}


def take(step, shop, actor=None, reason="Thiếu giấy phép"):
    """Take one step of a shop's life."""
    return step(shop.pk, actor=actor, **({"reason": reason} if step in WITH_REASON else {}))


def test_steps_are_the_declared_transitions():
    taken = {(start, end) for starts, end, _ in STEPS.values() for start in starts}

    assert taken == {(start, end) for start, ends in TRANSITIONS.items() for end in ends}


@pytest.mark.django_db
@pytest.mark.parametrize("status", ShopStatus)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_step_from_every_state(step, status):
    staff = StaffFactory()
    shop = ShopFactory(status=status, status_reason="before")
    starts, end, topic = STEPS[step]

    if status not in starts:
        with pytest.raises(InvalidTransition):
            take(step, shop, staff)
        shop.refresh_from_db()
        assert (shop.status, shop.status_reason) == (status, "before")
        assert not ShopStatusChange.objects.exists()
        assert not OutboxEvent.objects.exists()
        return

    take(step, shop, staff)

    reason = "Thiếu giấy phép" if step in WITH_REASON else ""
    shop.refresh_from_db()
    assert (shop.status, shop.status_reason) == (end, reason)
    change = ShopStatusChange.objects.get()
    assert (change.from_status, change.to_status) == (status, end)
    assert (change.reason, change.actor) == (reason, staff)
    event = OutboxEvent.objects.get()
    assert event.topic == topic
    assert event.payload["shop_id"] == str(shop.pk)
    assert event.payload["owner_id"] == str(shop.owner_id)
    assert event.payload.get("reason", "") == reason


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
@pytest.mark.parametrize("step", sorted(WITH_REASON, key=lambda step: step.__name__))
def test_step_against_the_seller_needs_a_reason(step, reason):
    start = ShopStatus.PENDING if step is reject_shop else ShopStatus.APPROVED
    shop = ShopFactory(status=start)

    with pytest.raises(InvalidInput) as caught:
        take(step, shop, reason=reason)

    assert caught.value.details[0]["field"] == "reason"
    shop.refresh_from_db()
    assert shop.status == start


@pytest.mark.django_db
def test_step_of_a_shop_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        approve_shop(uuid7(), actor=None)


@pytest.mark.django_db
def test_history_cannot_be_rewritten():
    shop = ShopFactory(status=ShopStatus.PENDING)
    approve_shop(shop.pk, actor=None)

    with pytest.raises(DatabaseError), transaction.atomic():
        ShopStatusChange.objects.update(reason="never happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        ShopStatusChange.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_one_wins_when_approval_and_rejection_race():
    shop = ShopFactory(status=ShopStatus.PENDING)

    outcomes = run_in_parallel(
        lambda step: take(step, shop), arguments=[approve_shop, reject_shop] * 4
    )

    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 7
    winner = next(outcome for outcome in outcomes if isinstance(outcome, Shop))
    shop.refresh_from_db()
    assert shop.status == winner.status
    assert ShopStatusChange.objects.count() == 1
    assert OutboxEvent.objects.count() == 1
