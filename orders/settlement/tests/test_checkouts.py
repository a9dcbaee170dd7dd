"""Generated checkouts: whatever is bought and given back, every sum holds to the last unit.

1 to 20 lines of 1 to 5 shops with 0 to 3 vouchers; refunds, returns, disputes, cancellations,
remittances and payouts in random order, against the real database. A few by default;
`bin/test orders/settlement/tests/test_checkouts.py -n0 --checkouts 10000` for as many as you like.
"""

from fractions import Fraction
from random import Random

import pytest
from django.db.models import Sum

from marketplace.invariants.checks import find_violations
from orders.models import Checkout
from orders.payments.constants import CLAIMING_REFUNDS, RefundStatus
from orders.settlement.constants import SHOP_ACCOUNTS, Account, CommissionKind
from orders.settlement.models import LedgerEntry
from orders.settlement.services.verify import differences
from orders.settlement.tests.market import Market
from vouchers.models import Redemption

AT_ONCE = 500
# After so many, all of these have to have happened, or the figures mean little.
ENOUGH = 1_000
EVENTS = {
    *("placed with 0 vouchers", "placed with 1 vouchers", "placed with 2 vouchers"),
    *("placed with 3 vouchers", "paid", "paid late", "paid twice", "expired", "completed"),
    *("cancelled", "refund asked for", "refund failed", "refunded", "return asked for"),
    *("return received", "return disputed", "released", "remittance matched", "payout drafted"),
}


@pytest.mark.no_cover
@pytest.mark.django_db(transaction=True)
def test_every_sum_holds_over_generated_checkouts(request, settings):
    settings.REFUND_APPROVAL_AMOUNT = 2_000_000
    settings.PAYOUT_APPROVAL_AMOUNT = 5_000_000
    settings.PAYOUT_MINIMUM_AMOUNT = 1
    settings.SETTLEMENT_HOLD_DAYS = 0
    market = Market(Random(request.config.getoption("--seed")))
    wanted = request.config.getoption("--checkouts")

    for number in range(1, wanted + 1):
        checkout = market.live()
        assert_every_sum_holds(checkout)
        if number % AT_ONCE == 0:
            assert list(differences()) == []
            assert [str(violation) for violation in find_violations()] == []

    assert list(differences()) == []
    assert LedgerEntry.objects.aggregate(total=Sum("amount")) == {"total": 0}
    print(f"{wanted} checkouts: {dict(sorted(market.done.items()))}")  # noqa: T201
    if wanted >= ENOUGH:
        assert EVENTS - set(market.done) == set()


def assert_every_sum_holds(checkout: Checkout) -> None:
    orders = list(
        checkout.orders.prefetch_related(
            "items__commission_lines", "refunds__lines", "payment_shares", "ledger_entries"
        )
    )
    checkout.refresh_from_db()
    assert checkout.total_amount == sum(order.total_amount for order in orders)
    for payment in checkout.payments.prefetch_related("shares"):
        assert payment.amount == sum(share.amount for share in payment.shares.all())
        assert payment.amount == checkout.total_amount
    for order in orders:
        assert_priced(order)
        assert_refunded(order)
        assert_booked(order)


def assert_priced(order):
    """An order's total is its lines less every discount, each of which is split without a rest."""
    items = list(order.items.all())
    for item in items:
        assert item.line_total_amount == item.unit_price_amount * item.quantity
        assert item.seller_discount_amount >= 0
        assert item.platform_discount_amount >= 0
        assert item.seller_discount_amount + item.platform_discount_amount <= item.line_total_amount
    seller = sum(item.seller_discount_amount for item in items)
    platform = sum(item.platform_discount_amount for item in items)
    shipping = order.seller_shipping_discount_amount + order.platform_shipping_discount_amount
    assert order.subtotal_amount == sum(item.line_total_amount for item in items)
    assert (order.seller_discount_amount, order.platform_discount_amount) == (seller, platform)
    assert shipping <= order.shipping_fee_amount
    assert order.total_amount == (
        order.subtotal_amount
        - seller
        - platform
        + order.shipping_fee_amount
        - shipping
        + order.tax_amount
    )
    assert order.total_amount >= 0
    redeemed = Redemption.objects.filter(order_id=order.pk).aggregate(
        all=Sum("amount", default=0), platform=Sum("platform_amount", default=0)
    )
    assert redeemed == {
        "all": seller + platform + shipping,
        "platform": platform + order.platform_shipping_discount_amount,
    }


def assert_refunded(order):
    """What goes back was paid: in all, and of each item and each kind of amount."""
    refunds = list(order.refunds.all())
    shares = list(order.payment_shares.all())
    for share in shares:
        claimed = [r for r in refunds if r.payment_id == share.payment_id]
        claimed = [refund for refund in claimed if refund.status in CLAIMING_REFUNDS]
        succeeded = [refund for refund in claimed if refund.status == RefundStatus.SUCCEEDED]
        assert share.refunded_amount == sum(refund.amount for refund in succeeded)
        assert sum(refund.amount for refund in claimed) <= share.captured_amount
        for item in order.items.all():
            lines = [
                line
                for refund in claimed
                for line in refund.lines.all()
                if line.order_item_id == item.pk
            ]
            for name, sold in (
                ("quantity", item.quantity),
                ("goods_amount", item.line_total_amount),
                ("seller_discount_amount", item.seller_discount_amount),
                ("platform_discount_amount", item.platform_discount_amount),
            ):
                assert 0 <= sum(getattr(line, name) for line in lines) <= sold
    for refund in refunds:
        assert refund.amount == sum(
            line.goods_amount
            - line.seller_discount_amount
            - line.platform_discount_amount
            + line.shipping_amount
            + line.tax_amount
            for line in refund.lines.all()
        )


def assert_booked(order):
    """What the buyer paid and the platform added is with the shop, the platform or the buyer."""
    entries = list(order.ledger_entries.all())
    sums = dict.fromkeys(Account, 0)
    transactions: dict[object, int] = {}
    for entry in entries:
        sums[Account(entry.account)] += entry.amount
        transactions[entry.transaction_id] = (
            transactions.get(entry.transaction_id, 0) + entry.amount
        )
    assert set(transactions.values()) <= {0}
    shop = -sum(sums[account] for account in SHOP_ACCOUNTS)
    revenue = -sums[Account.PLATFORM_REVENUE]
    subsidy = sums[Account.VOUCHER_SUBSIDY]
    shares = list(order.payment_shares.all())
    paid = sum(share.captured_amount - share.refunded_amount for share in shares)
    sold = [entry for entry in entries if entry.kind == "sale"]

    assert paid + subsidy == shop + revenue - sums[Account.BUYER_FUNDS]
    lines = [line for item in order.items.all() for line in item.commission_lines.all()]
    assert revenue == (sum(line.amount for line in lines) if sold else 0)
    for line in lines:
        if line.kind == CommissionKind.SALE and not line.rule_id:
            exact = Fraction(line.base_amount * line.rate_bps, 10_000)
            assert abs(line.amount - exact) <= Fraction(1, 2)
    if not sold:
        assert (shop, revenue, subsidy) == (0, 0, 0)
        return
    by_sale = [r for r in order.refunds.all() if r.kind not in {"late", "surplus"}]
    claimed = [refund for refund in by_sale if refund.status in CLAIMING_REFUNDS]
    back = [line for refund in claimed for line in refund.lines.all()]
    if order.status == "cancelled" and order.total_amount == sum(r.amount for r in claimed):
        assert (shop, revenue, subsidy) == (0, 0, 0)
    # The shop has the goods less its own discounts and the commission, to the last unit.
    items = list(order.items.all())
    assert shop + revenue == (
        sum(item.line_total_amount - item.seller_discount_amount for item in items)
        + order.shipping_fee_amount
        - order.seller_shipping_discount_amount
        + order.tax_amount
        - sum(
            line.goods_amount - line.seller_discount_amount + line.shipping_amount + line.tax_amount
            for line in back
        )
    )
