"""A shop that is handed over while something else happens to those whom it concerns."""

from functools import partial
from threading import Event

import pytest
from django.db import transaction

from accounts.errors import TokenNotValid
from accounts.services import close_account
from accounts.tests.factories import PASSWORD
from marketplace.common.testing import let_go_when_somebody_waits, run_in_parallel
from shops import hooks
from shops.constants import ShopStatus
from shops.models import ShopMember
from shops.services.team import hand_over_shop
from shops.tests.factories import ShopFactory, ShopMemberFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_former_owner_who_closes_the_account_meanwhile_does_not_close_the_shop(
    monkeypatch,
):
    shop = ShopFactory()
    heir, former = ShopMemberFactory(shop=shop), shop.owner
    is_handed_over, may_commit = Event(), Event()

    def stop(shop):
        is_handed_over.set()
        may_commit.wait(30)

    def give():
        hand_over_shop(shop.pk, actor=former, member_id=heir.pk, password=PASSWORD)

    def leave():
        is_handed_over.wait(30)
        close_account(former.pk, password=PASSWORD)

    monkeypatch.setattr(hooks, "handover_steps", [stop])
    works = [give, leave, partial(let_go_when_somebody_waits, is_handed_over, may_commit)]
    assert run_in_parallel(lambda work: work(), arguments=works) == [None] * 3

    shop.refresh_from_db()
    assert (shop.status, shop.owner) == (ShopStatus.APPROVED, heir.user)
    assert not ShopMember.objects.exists()
    former.refresh_from_db()
    assert former.closed_at is not None


def test_owner_who_has_closed_the_account_hands_over_no_more():
    shop = ShopFactory()
    heir, former = ShopMemberFactory(shop=shop), shop.owner
    is_closed, may_commit = Event(), Event()

    def leave():
        with transaction.atomic():
            close_account(former.pk, password=PASSWORD)
            is_closed.set()
            may_commit.wait(30)

    def give():
        is_closed.wait(30)
        hand_over_shop(shop.pk, actor=former, member_id=heir.pk, password=PASSWORD)

    works = [leave, give, partial(let_go_when_somebody_waits, is_closed, may_commit)]
    left, refused, _ = run_in_parallel(lambda work: work(), arguments=works)

    assert left is None
    assert isinstance(refused, TokenNotValid)
    shop.refresh_from_db()
    assert (shop.status, shop.owner) == (ShopStatus.CLOSED, former)
    assert list(ShopMember.objects.values_list("user", flat=True)) == [heir.user_id]
