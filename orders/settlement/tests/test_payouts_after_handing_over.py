"""Payouts of a shop that gets another owner: none goes to an account that was the former one's."""

from functools import partial
from threading import Event

import pytest
from django.db import transaction

from accounts.tests.factories import PASSWORD, StaffFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import let_go_when_somebody_waits, run_in_parallel
from orders.payments.tests.factories import place_paid
from orders.settlement import jobs
from orders.settlement.constants import PayoutStatus
from orders.settlement.errors import NoBankAccount
from orders.settlement.models import Payout
from orders.settlement.selectors import balance_of
from orders.settlement.services.payouts import approve_payout, draft_payout, return_payout
from orders.settlement.tests.factories import make_due, make_payout, with_bank
from shops.services.team import hand_over_shop
from shops.tests.factories import ShopMemberFactory

pytestmark = pytest.mark.django_db


def hand_over(shop):
    heir = ShopMemberFactory(shop=shop)
    return hand_over_shop(shop.pk, actor=shop.owner, member_id=heir.pk, password=PASSWORD)


def test_drafts_end_and_the_money_waits_for_the_new_owners_account():
    payout = make_payout()

    shop = hand_over(payout.shop)

    payout.refresh_from_db()
    assert (payout.status, payout.failure_reason) == ("failed", "The shop has another owner.")
    assert (balance_of(shop).available_amount, balance_of(shop).in_transit_amount) == (980_000, 0)
    assert jobs.sweep_payouts().done == 0
    with pytest.raises(NoBankAccount):
        draft_payout(shop.pk, actor=None)

    shop.bank_name, shop.bank_account_name, shop.bank_account_number = "ACB", "TRAN B", "987"
    shop.save()
    assert jobs.sweep_payouts().done == 1
    again = Payout.objects.latest("pk")
    assert (again.amount, again.bank_account_number) == (980_000, "987")


def test_what_staff_let_go_before_is_still_made():
    payout = make_payout()
    approve_payout(payout.pk, actor=StaffFactory())

    shop = hand_over(payout.shop)

    payout.refresh_from_db()
    assert (payout.status, payout.bank_account_number) == (PayoutStatus.APPROVED, "0123456789")
    # Sent back by the bank, it is due again, and waits for the new owner's account.
    return_payout(payout.pk, actor=StaffFactory(), reason="No such account.")
    with pytest.raises(NoBankAccount):
        draft_payout(shop.pk, actor=None)


@pytest.mark.django_db(transaction=True)
def test_draft_that_meets_the_handing_over_is_not_to_the_former_account():
    order = make_due(place_paid((VariantFactory(price_amount=1_000_000, stock=10), 1)))
    shop = with_bank(order.shop)
    is_handed_over, may_commit = Event(), Event()

    def give():
        with transaction.atomic():
            hand_over(shop)
            is_handed_over.set()
            may_commit.wait(30)

    def draft():
        is_handed_over.wait(30)
        return draft_payout(shop.pk, actor=None)

    works = [give, draft, partial(let_go_when_somebody_waits, is_handed_over, may_commit)]
    given, refused, _ = run_in_parallel(lambda work: work(), arguments=works)

    assert given is None
    assert isinstance(refused, NoBankAccount)
    assert not Payout.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_draft_with_the_first_of_two_approvals_ends_although_it_is_just_being_given(settings):
    payout = make_payout()
    settings.PAYOUT_APPROVAL_AMOUNT = payout.amount - 1
    is_marked, may_commit = Event(), Event()

    def approve():
        with transaction.atomic():
            approve_payout(payout.pk, actor=StaffFactory())
            is_marked.set()
            may_commit.wait(30)

    def give():
        is_marked.wait(30)
        try:
            return hand_over(payout.shop)
        finally:
            may_commit.set()

    works = [approve, give, partial(let_go_when_somebody_waits, is_marked, may_commit)]
    run_in_parallel(lambda work: work(), arguments=works)

    payout.refresh_from_db()
    assert payout.first_approved_by is not None
    assert (payout.status, payout.failure_reason) == ("failed", "The shop has another owner.")
