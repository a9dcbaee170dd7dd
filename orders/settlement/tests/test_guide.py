"""The example of docs/settlement.md, number by number."""

import pytest

from catalog.tests.factories import VariantFactory
from orders.payments.constants import RefundKind
from orders.payments.services.refunds import Wanted, complete_refund, request_refund
from orders.payments.tests.factories import place_paid
from orders.settlement.models import CommissionRule
from orders.settlement.selectors import explain_payout
from orders.settlement.services.payouts import draft_payout
from orders.settlement.tests.factories import make_due, with_bank
from shops.tests.factories import ShopFactory
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db


def test_example_of_the_guide():
    shop = ShopFactory()
    vase = VariantFactory(price_amount=89_990, stock=10, product__shop=shop)
    tea = VariantFactory(price_amount=155_000, stock=10, product__shop=shop)
    CommissionRule.objects.create(
        position=1,
        name="Ceramics",
        category=vase.product.category,
        rate_bps=800,
        floor_amount=5_000,
        cap_amount=50_000,
    )
    own = VoucherFactory(shop=shop, value=700)
    theirs = VoucherFactory(shop=None, value=500, platform_share_bps=10_000)

    order = place_paid((vase, 3), (tea, 1), voucher_codes=[own.code, theirs.code])
    vases, box = order.items.order_by("pk")
    refund = request_refund(
        order.pk, Wanted(units={vases.pk: 1}), kind=RefundKind.GOODWILL, source="guide", actor=None
    )
    complete_refund(refund.pk)
    make_due(order)
    payout = draft_payout(with_bank(shop).pk, actor=None)

    assert [figures(item) for item in (vases, box)] == [
        (269_970, 18_898, 12_554, 251_072, 20_086),
        (155_000, 10_850, 7_207, 144_150, 7_208),
    ]
    assert (order.shipping_fee_amount, order.total_amount) == (35_000, 410_461)
    assert legs(order, "capture") == {"payment_clearing": 410_461, "buyer_funds": -410_461}
    assert legs(order, "sale") == {
        "buyer_funds": 410_461,
        "voucher_subsidy": 19_761,
        "platform_revenue": -27_294,
        "shop_pending": -402_928,
    }
    assert legs(order, "refund_claim") == {
        "buyer_funds": -79_506,
        "voucher_subsidy": -4_184,
        "platform_revenue": 6_695,
        "shop_pending": 76_995,
    }
    assert legs(order, "refund_paid") == {"buyer_funds": 79_506, "payment_clearing": -79_506}
    assert legs(order, "release") == {"shop_pending": 325_933, "shop_available": -325_933}
    assert payout.amount == 325_933
    (explained,) = explain_payout(payout).orders
    assert [(step.kind, step.amount) for step in explained.steps] == [
        ("sale", 402_928),
        ("refund_claim", -76_995),
    ]
    assert [line.net_amount for step in explained.steps for line in step.lines] == [
        *(230_986, 136_942, 35_000),
        -76_995,
    ]


def figures(item):
    commission = item.commission_lines.get(kind="sale")
    return (
        item.line_total_amount,
        item.seller_discount_amount,
        item.platform_discount_amount,
        commission.base_amount,
        commission.amount,
    )


def legs(order, kind):
    return dict(order.ledger_entries.filter(kind=kind).values_list("account", "amount"))
