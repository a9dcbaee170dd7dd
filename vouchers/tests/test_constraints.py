"""What the database refuses, whatever a service forgets."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.deletion import ProtectedError

from shops.tests.factories import ShopFactory
from vouchers.models import Redemption, Voucher
from vouchers.tests.factories import RedemptionFactory, VoucherFactory

# Redemptions are written by hand here, without the counters that a checkout moves.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]


def refuses(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_code_is_unique_in_any_case():
    VoucherFactory(code="Tet2027")

    refuses("voucher_code_once", lambda: VoucherFactory(code="TET2027", shop=ShopFactory()))

    assert Voucher.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("percentage", 0),
        ("percentage", -1),
        ("percentage", 10_001),
        ("fixed", 0),
        ("fixed", -1),
        ("free_shipping", 1),
        ("gift", 1),
    ],
)
def test_value_that_does_not_fit_the_kind_is_refused(kind, value):
    refuses("voucher_value_fits_kind", lambda: VoucherFactory(kind=kind, value=value))


@pytest.mark.parametrize(
    ("kind", "value"), [("percentage", 10_000), ("fixed", 1), ("free_shipping", 0)]
)
def test_value_that_fits_the_kind_is_taken(kind, value):
    assert VoucherFactory(kind=kind, value=value).pk


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("voucher_within_usage_limit", {"usage_limit": 2, "used_count": 3}),
        ("voucher_within_budget", {"budget_amount": 100, "spent_amount": 101}),
        ("voucher_amounts_not_negative", {"min_spend_amount": -1}),
        ("voucher_amounts_not_negative", {"spent_amount": -1}),
        ("voucher_amounts_not_negative", {"max_discount_amount": 0}),
        ("voucher_share_at_most_all", {"platform_share_bps": 10_001}),
        ("used_count", {"used_count": -1}),
    ],
)
def test_numbers_out_of_bounds_are_refused(constraint, fields):
    refuses(constraint, lambda: VoucherFactory(**fields))


def test_counters_may_reach_their_limits():
    voucher = VoucherFactory(usage_limit=2, used_count=2, budget_amount=100, spent_amount=100)

    one_more = Voucher.objects.filter(pk=voucher.pk)

    refuses("voucher_within_usage_limit", lambda: one_more.update(used_count=F("used_count") + 1))
    refuses("voucher_within_budget", lambda: one_more.update(spent_amount=F("spent_amount") + 1))


def test_window_that_ends_before_it_starts_is_refused():
    voucher = VoucherFactory()

    for days in (0, -1):
        end = voucher.starts_at + timedelta(days=days)
        refuses(
            "voucher_window_ordered",
            lambda end=end: Voucher.objects.filter(pk=voucher.pk).update(ends_at=end),
        )


def test_order_redeems_a_voucher_once():
    used = RedemptionFactory()

    refuses(
        "redemption_once_per_order",
        lambda: RedemptionFactory(voucher=used.voucher, order_id=used.order_id),
    )
    RedemptionFactory(order_id=used.order_id)

    assert Redemption.objects.count() == 2


def test_redemption_of_a_negative_amount_is_refused():
    refuses("redemption_not_negative", lambda: RedemptionFactory(amount=-1))


def test_voucher_with_redemptions_cannot_be_deleted():
    used = RedemptionFactory()

    with pytest.raises(ProtectedError):
        used.voucher.delete()
