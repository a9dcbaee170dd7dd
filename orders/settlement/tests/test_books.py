"""What each event writes into the books, worked out by hand."""

import random
from uuid import uuid4

import pytest
from django.db.models import Sum

from accounts.tests.factories import UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import DomainError
from marketplace.common.testing import drain_outbox
from orders.constants import ActorKind
from orders.models import Order
from orders.payments.constants import RefundKind, RefundStatus
from orders.payments.errors import RefundNotPossible
from orders.payments.models import Refund
from orders.payments.services.capture import apply_outcome
from orders.payments.services.refunds import (
    Wanted,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.unsent_refunds import retry_refund
from orders.payments.tests.factories import (
    captured,
    pay_at_fake,
    place_online,
    place_paid,
    run_out,
)
from orders.returns.services.answering import approve_return
from orders.returns.services.receiving import follow_refund, receive_return
from orders.returns.tests.factories import ask, deliver, seller_of
from orders.services.cancel import cancel_order
from orders.settlement.constants import Account
from orders.settlement.models import CommissionLine, CommissionRule, LedgerEntry
from orders.settlement.selectors import balance_of
from orders.settlement.services.release import release_order
from orders.settlement.services.verify import differences
from orders.settlement.tests.factories import complete, hand_over, make_due, sold_cash
from orders.tests.factories import place
from vouchers.constants import VoucherKind
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db


def books(order=None):
    """Return what stands in each account, with whose it is."""
    entries = LedgerEntry.objects.all() if order is None else order.ledger_entries.all()
    sums = entries.values_list("account", "party").annotate(Sum("amount")).order_by("account")
    return {f"{name}:{party}" if party else name: amount for name, party, amount in sums if amount}


def refund(order, wanted=None, *, kind=RefundKind.GOODWILL, actor=None):
    return request_refund(order.pk, wanted or Wanted(), kind=kind, source=str(uuid4()), actor=actor)


def test_paid_order_is_shared_out(paid):
    assert books() == {
        "payment_clearing:FAKE": 430_000,
        "platform_revenue": -20_000,
        "shop_pending": -410_000,
    }
    line = CommissionLine.objects.get()
    assert (line.base_amount, line.rate_bps, line.amount) == (400_000, 500, 20_000)


def test_unpaid_order_has_its_commission_frozen_and_nothing_in_the_books():
    payment = place_online((VariantFactory(price_amount=200_000, stock=10), 2))

    rule = CommissionRule.objects.create(position=1, name="Later", rate_bps=9_000)
    apply_outcome(payment.pk, captured(payment))

    assert CommissionLine.objects.get().amount == 20_000
    assert books()["platform_revenue"] == -20_000
    assert rule.name == "Later"


def test_first_active_rule_is_frozen_with_its_name():
    variant = VariantFactory(price_amount=200_000, stock=10)
    CommissionRule.objects.create(position=2, name="All", rate_bps=100)
    CommissionRule.objects.create(position=0, name="Off", rate_bps=1, is_active=False)
    rule = CommissionRule.objects.create(
        position=1, name="Here", rate_bps=1_000, category=variant.product.category
    )

    place_paid((variant, 1))

    line = CommissionLine.objects.get()
    assert (line.rule, line.rule_name, line.amount) == (rule, "Here", 20_000)


def test_discounts_reach_the_shop_by_who_pays_for_them():
    """Goods 400,000; the shop's 10 % is 40,000; the platform's 36,000 on what is left."""
    variant = VariantFactory(price_amount=200_000, stock=10)
    own = VoucherFactory(shop=variant.product.shop, kind=VoucherKind.PERCENTAGE, value=1_000)
    theirs = VoucherFactory(
        shop=None, kind=VoucherKind.PERCENTAGE, value=1_000, platform_share_bps=10_000
    )

    order = place_paid((variant, 2), voucher_codes=[own.code, theirs.code])

    assert (order.seller_discount_amount, order.platform_discount_amount) == (40_000, 36_000)
    assert books() == {
        "payment_clearing:FAKE": 354_000,
        "voucher_subsidy": 36_000,
        "platform_revenue": -18_000,  # 5 % of 360,000: the platform's own discount counts as price
        "shop_pending": -372_000,  # 400,000 - 40,000 + 30,000 - 18,000
    }

    done = refund(order, Wanted(units={order.items.get().pk: 1}))
    complete_refund(done.pk)

    assert done.amount == 162_000
    assert books() == {
        "payment_clearing:FAKE": 192_000,
        "voucher_subsidy": 18_000,
        "platform_revenue": -9_000,
        "shop_pending": -201_000,
    }

    complete_refund(refund(order).pk)

    assert books() == {}


def test_refund_is_claimed_when_asked_for_and_gone_when_sent(paid):
    asked = refund(paid, Wanted(units={paid.items.get().pk: 1}))

    assert books() == {
        "payment_clearing:FAKE": 430_000,
        "buyer_funds": -200_000,
        "platform_revenue": -10_000,
        "shop_pending": -220_000,
    }

    complete_refund(asked.pk)

    assert books() == {
        "payment_clearing:FAKE": 230_000,
        "platform_revenue": -10_000,
        "shop_pending": -220_000,
    }


def test_refund_that_fails_gives_back_its_claim_and_claims_again_when_retried(paid):
    before = books()
    asked = refund(paid, Wanted(amount=100_000))

    fail_refund(asked.pk, error="refused")
    assert books() == before

    retry_refund(asked.pk)
    assert books()["buyer_funds"] == -100_000

    fail_refund(asked.pk, error="refused")
    retry_refund(asked.pk)
    complete_refund(asked.pk)
    assert books()["payment_clearing:FAKE"] == 330_000
    kinds = LedgerEntry.objects.filter(account=Account.BUYER_FUNDS, source_id=asked.pk)
    assert list(kinds.order_by("pk").values_list("kind", "sequence")) == [
        ("refund_claim", 0),
        ("refund_restored", 0),
        ("refund_claim", 1),
        ("refund_restored", 1),
        ("refund_claim", 2),
        ("refund_paid", 0),
    ]


def test_refund_that_waits_for_approval_is_claimed_and_given_back_when_refused(paid, settings):
    settings.REFUND_APPROVAL_AMOUNT = 1_000
    before = books()

    asked = refund(paid, Wanted(amount=100_000), actor=UserFactory())
    assert asked.status == RefundStatus.AWAITING_APPROVAL
    assert books()["buyer_funds"] == -100_000

    reject_refund(asked.pk, actor=UserFactory(), reason="No.")
    assert books() == before


@pytest.mark.django_db(transaction=True)
def test_cancelled_order_leaves_nothing_behind():
    payment = place_online()
    pay_at_fake(payment)
    apply_outcome(payment.pk, captured(payment))
    order = Order.objects.get()
    assert books()["payment_clearing:FAKE"] == order.total_amount

    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="Changed my mind.")
    drain_outbox()

    assert Refund.objects.get().status == RefundStatus.SUCCEEDED
    assert books() == {}


def test_money_that_came_too_late_is_the_buyers():
    variant = VariantFactory(price_amount=200_000, stock=1)
    payment = place_online((variant, 1))
    run_out(payment)
    place((variant, 1))

    apply_outcome(payment.pk, captured(payment))

    assert books() == {"payment_clearing:FAKE": 230_000, "buyer_funds": -230_000}
    complete_refund(Refund.objects.get().pk)
    assert books() == {}


def test_late_money_that_the_provider_will_not_send_back_stays_the_buyers():
    payment = place_online((VariantFactory(price_amount=200_000, stock=1), 1))
    order = Order.objects.get()
    cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No.")
    apply_outcome(payment.pk, captured(payment))

    fail_refund(Refund.objects.get().pk, error="account closed")

    assert books() == {"payment_clearing:FAKE": 230_000, "buyer_funds": -230_000}


def test_cash_order_is_cancelled_after_its_sibling_was_paid():
    one, other = place((VariantFactory(), 1), (VariantFactory(), 1)).orders.order_by("pk")
    deliver(one)

    cancel_order(other.pk, actor=other.buyer, actor_kind=ActorKind.BUYER, reason="No.")

    other.refresh_from_db()
    assert (other.status, other.payment_status) == ("cancelled", "unpaid")
    assert Refund.objects.count() == 0


@pytest.fixture
def gift():
    """An order that the platform pays for whole, beside one that the buyer pays."""
    free, other = (VariantFactory(price_amount=100_000, stock=10) for _ in range(2))
    whole = {"value": 10_000, "platform_share_bps": 10_000}
    codes = [
        VoucherFactory(shop=free.product.shop, **whole).code,
        VoucherFactory(kind=VoucherKind.FREE_SHIPPING, **(whole | {"value": 0})).code,
    ]
    payment = place_online((free, 2), (other, 1), voucher_codes=codes)
    apply_outcome(payment.pk, captured(payment))
    return Order.objects.get(total_amount=0)


def test_order_that_cost_nothing_pays_its_shop(gift):
    assert books(gift) == {
        "voucher_subsidy": 230_000,
        "platform_revenue": -10_000,
        "shop_pending": -220_000,
    }


def test_order_that_cost_nothing_leaves_nothing_behind_when_it_is_cancelled(gift):
    cancel_order(gift.pk, actor=gift.buyer, actor_kind=ActorKind.BUYER, reason="No.")

    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (0, RefundStatus.SUCCEEDED)
    assert books(gift) == {}


def test_returned_goods_that_cost_nothing_give_the_platform_its_part_back(gift):
    """With the last unit, by a refund of nothing; the shop keeps what it got for shipping."""
    row = ask(deliver(gift))
    approve_return(row.pk, **seller_of(row))
    receive_return(row.pk, **seller_of(row))

    assert follow_refund(Refund.objects.get().pk) is True
    row.refresh_from_db()
    assert (row.status, row.refund.amount) == ("refunded", 0)
    assert books(gift) == {"voucher_subsidy": 30_000, "shop_pending": -30_000}


def test_goodwill_of_nothing_is_refused(gift):
    with pytest.raises(RefundNotPossible):
        refund(gift, Wanted(units={gift.items.get().pk: 1}))

    assert Refund.objects.count() == 0


def test_cash_is_the_carriers_debt_until_it_hands_it_over():
    order = sold_cash(buyer=UserFactory())
    total, commission = order.total_amount, CommissionLine.objects.get().amount

    assert books() == {
        "carrier_cash:GHTK": total,
        "platform_revenue": -commission,
        "shop_pending": -(total - commission),
    }

    assert hand_over((order.number, total, 5_500)) == {"matched": 1}

    assert books() == {
        "bank": total - 5_500,
        "carrier_fees:GHTK": 5_500,
        "platform_revenue": -commission,
        "shop_pending": -(total - commission),
    }


def test_cash_is_sent_back_by_the_bank():
    order = sold_cash()

    complete_refund(refund(order).pk)

    assert books() == {"carrier_cash:GHTK": order.total_amount, "bank": -order.total_amount}


def test_refund_after_the_money_was_due_comes_off_what_is_due(paid):
    make_due(paid)

    refund(paid, Wanted(amount=30_000))

    assert books()["shop_available"] == -(410_000 - 30_000 + 1_395)
    assert balance_of(paid.shop).pending_amount == 0


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(2))
def test_books_are_right_after_random_lives_of_orders(seed):
    """Fifty orders each: vouchers, cash and online, refunds in part, failed, cancelled, due."""
    rng = random.Random(seed)
    variants = [
        VariantFactory(price_amount=rng.randrange(1_000, 900_000), stock=10_000) for _ in range(4)
    ]
    codes = [
        VoucherFactory(
            shop=variants[0].product.shop,
            kind=VoucherKind.PERCENTAGE,
            value=1_300,
            platform_share_bps=3_300,
        ).code,
        VoucherFactory(
            shop=None, kind=VoucherKind.FIXED, value=77_777, platform_share_bps=10_000,
        ).code,
    ]  # fmt: skip
    CommissionRule.objects.create(
        position=1, name="Cheap", rate_bps=700, below_price_amount=200_000, floor_amount=1_111
    )
    buyer = UserFactory()
    for _ in range(50):
        lines = [
            (variant, rng.randrange(1, 4)) for variant in rng.sample(variants, rng.randrange(1, 4))
        ]
        request = {
            "buyer": buyer,
            "voucher_codes": [code for code in codes if rng.random() < 0.4],
            "best_vouchers": True,
        }
        if rng.random() < 0.5:
            payment = place_online(*lines, **request)
            if payment.status == "pending" and payment.provider == "FAKE":
                apply_outcome(payment.pk, captured(payment))
            orders = list(Order.objects.filter(checkout=payment.checkout_id))
        else:
            orders = list(place(*lines, **request).orders.all())
        for order in orders:
            _live(order, rng)

    assert list(differences()) == []
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 0


def _live(order, rng):
    fate = rng.random()
    if fate < 0.2:
        cancel_order(order.pk, actor=order.buyer, actor_kind=ActorKind.BUYER, reason="No.")
        return
    if fate < 0.6:
        complete(order)
        if order.payment_method == "COD" and order.total_amount and rng.random() < 0.7:
            hand_over((order.number, order.total_amount, rng.randrange(order.total_amount)))
        release_order(order.pk)
    order.refresh_from_db()
    if order.payment_status == "unpaid" or not order.total_amount:
        return
    for _ in range(rng.randrange(4)):
        _refund_some(order, rng)


def _refund_some(order, rng):
    item = rng.choice(list(order.items.all()))
    wanted = rng.choice(
        [
            Wanted(amount=rng.randrange(1, order.total_amount + 1)),
            Wanted(units={item.pk: rng.randrange(1, item.quantity + 1)}, with_shipping=True),
            Wanted(),
        ]
    )
    try:
        made = refund(order, wanted)
    except DomainError:
        return
    end = rng.random()
    if end < 0.5:
        complete_refund(made.pk)
    elif end < 0.8:
        fail_refund(made.pk, error="no")
        if end < 0.7:
            try:
                retry_refund(made.pk)
            except DomainError:
                return
