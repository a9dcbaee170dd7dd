"""What a statement says is what the ledger says, month after month."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.testing import run_in_parallel
from orders.documents.constants import DocumentKind
from orders.documents.errors import MonthNotOver
from orders.documents.models import Document, DocumentSeries
from orders.documents.months import Month
from orders.documents.pdf import render
from orders.documents.services.statements import due_statements, issue_statement
from orders.documents.tests.factories import pages, written
from orders.payments.constants import RefundKind
from orders.payments.services.refunds import Wanted, complete_refund, fail_refund, request_refund
from orders.payments.tests.factories import place_paid
from orders.settlement.selectors import balance_of
from orders.settlement.services.payouts import (
    approve_payout,
    draft_payout,
    mark_paid,
    return_payout,
)
from orders.settlement.tests.factories import hand_over, make_due, sold_cash, with_bank
from orders.tests.factories import place
from shops.models import Shop
from shops.tests.factories import ShopFactory
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)


def at(month, day, hour=12):
    return time_machine.travel(datetime(2026, month, day, hour, tzinfo=UTC), tick=False)


def owed(shop):
    found = balance_of(shop)
    return (
        found.pending_amount + found.available_amount + found.on_hold_amount
    ) + found.in_transit_amount


def sell(shop, price, **kwargs):
    return place_paid((VariantFactory(product__shop=shop, price_amount=price), 1), **kwargs)


def state(shop, month):
    with time_machine.travel(month.end + timedelta(hours=2), tick=False):
        return issue_statement(shop.pk, month=month)


@pytest.fixture
def shop():
    """A shop with a sale in September, and in October two sales, a refund, cash and a payout.

    Every sale has 30,000 of shipping; the commission is 5 % of goods less the shop's own discounts.
    """
    shop = ShopFactory(owner=UserFactory(language="en"), name="Cửa hàng Phố Cổ")
    with at(9, 10):
        old = sell(shop, 200_000)  # 230,000 - 10,000
    with at(10, 2):
        payout = draft_payout(with_bank(make_due(old).shop).pk, actor=None)
        approve_payout(payout.pk, actor=StaffFactory())
        mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT26275001")
    with at(10, 5):
        years = {"starts_at": SEPTEMBER.start, "ends_at": Month(2030, 1).start}
        VoucherFactory(code="SAN10", platform_share_bps=10_000, **years)
        order = sell(shop, 1_000_000, voucher_codes=["SAN10"])  # 930,000 + 100,000 - 50,000
        units = Wanted(units={order.items.get().pk: 1})
        refund = request_refund(
            order.pk, units, kind=RefundKind.GOODWILL, source="test", actor=None
        )
        complete_refund(refund.pk)  # -900,000 - 100,000 + 50,000
    with at(10, 31, 16):  # an hour before midnight in Hà Nội
        place((VariantFactory(product__shop=shop, price_amount=300_000), 1))
    with at(10, 31, 18):  # November there
        sell(shop, 500_000)
    return shop


def test_statement_is_the_ledger_of_the_month(shop):
    statement = state(shop, OCTOBER)

    assert statement.facts["summary"] == {
        "opening_amount": 220_000,
        "sales_amount": 1_030_000,
        "refunds_amount": -1_000_000,
        "commission_amount": 0,
        "payouts_amount": -220_000,
        "other_amount": 0,
        "closing_amount": 30_000,
        "pending_amount": 30_000,
        "available_amount": 0,
        "on_hold_amount": 0,
        "in_transit_amount": 0,
        "carrier_cash_amount": 0,
    }
    assert statement.amount == 30_000
    assert (statement.period_start, statement.period_end) == (
        datetime(2026, 9, 30, 17, tzinfo=UTC),
        datetime(2026, 10, 31, 17, tzinfo=UTC),
    )
    sale, refund = statement.facts["lines"]
    assert [sale[name] for name in ("buyer_amount", "platform_discount_amount")] == [
        930_000,
        100_000,
    ]
    assert (sale["commission_amount"], sale["net_amount"]) == (-50_000, 980_000)
    assert (refund["buyer_amount"], refund["platform_discount_amount"]) == (-900_000, -100_000)
    assert (refund["commission_amount"], refund["net_amount"]) == (50_000, -950_000)
    (payout,) = statement.facts["payouts"]
    assert (payout["amount"], payout["reference"]) == (-220_000, "FT26275001")


def test_months_follow_on_from_one_another(shop):
    statements = [state(shop, month) for month in (SEPTEMBER, OCTOBER, NOVEMBER)]

    found = [row.facts["summary"] for row in statements]
    assert [row["opening_amount"] for row in found] == [0, 220_000, 30_000]
    assert [row["closing_amount"] for row in found] == [220_000, 30_000, 30_000 + 505_000]
    assert found[-1]["closing_amount"] == owed(shop)
    for row, statement in zip(found, statements, strict=True):
        moved = ("sales_amount", "refunds_amount", "commission_amount", "payouts_amount")
        assert row["opening_amount"] + sum(row[name] for name in moved) == row["closing_amount"]
        parts = ("pending_amount", "available_amount", "on_hold_amount", "in_transit_amount")
        assert sum(row[name] for name in parts) == row["closing_amount"]
        assert sum(line["net_amount"] for line in statement.facts["lines"]) == (
            row["sales_amount"] + row["refunds_amount"] + row["commission_amount"]
        )
    numbers = [row.number for row in statements]
    assert numbers == [f"STM-2026-{n:06d}" for n in (1, 2, 3)]


def test_refund_that_is_not_made_is_given_back(shop):
    with at(10, 20):
        order = sell(shop, 400_000)
        refund = request_refund(
            order.pk, Wanted(), kind=RefundKind.GOODWILL, source="again", actor=None
        )
        fail_refund(refund.pk, error="no such card")

    lines = state(shop, OCTOBER).facts["lines"]

    assert [line["kind"] for line in lines[-3:]] == ["sale", "refund_claim", "refund_restored"]
    assert sum(line["net_amount"] for line in lines[-3:]) == 410_000


def test_payout_on_its_way_is_still_owed_and_a_returned_one_again(shop):
    with at(11, 3):
        order = sell(shop, 600_000)
        payout = draft_payout(make_due(order).shop_id, actor=None)
        approve_payout(payout.pk, actor=StaffFactory())
    with at(12, 2):
        mark_paid(payout.pk, actor=StaffFactory(), bank_reference="FT1")
    with at(12, 9):
        return_payout(payout.pk, actor=None, reason="No such account.")

    november, december = state(shop, NOVEMBER), state(shop, Month(2026, 12))

    assert november.facts["payouts"] == []
    assert november.facts["summary"]["in_transit_amount"] == 600_000
    assert [row["amount"] for row in december.facts["payouts"]] == [-600_000, 600_000]
    assert december.facts["summary"]["payouts_amount"] == 0
    assert december.amount == november.amount == owed(shop)


def test_cash_that_carriers_hold_is_noted(settings):
    with at(10, 12):
        order = sold_cash(2, buyer=UserFactory(language="en"))
        other = sold_cash()
    shop = order.shop
    with at(11, 4):
        hand_over((order.number, order.total_amount, 0))

    october, november = state(shop, OCTOBER), state(shop, NOVEMBER)

    assert october.facts["carriers"] == [{"carrier": "GHTK", "amount": order.total_amount}]
    assert october.facts["summary"]["carrier_cash_amount"] == order.total_amount
    assert "GHTK" in written(october)
    assert november.facts["carriers"] == []
    assert other.shop != shop


def test_pdf_shows_the_sums_and_every_order(shop):
    statement = state(shop, OCTOBER)
    order = statement.facts["lines"][0]["order"]

    text = written(statement)

    for shown in (
        *("Statement 10/2026", "No. STM-2026-000001", "Cửa hàng Phố Cổ"),
        *("Balance at the beginning 220.000 ₫", "Sales 1.030.000 ₫", "Refunds −1.000.000 ₫"),
        *("Commission 0 ₫", "Payouts −220.000 ₫", "Balance at the end 30.000 ₫"),
        f"5 Oct 2026 {order} Sale 930.000 ₫ 100.000 ₫ −50.000 ₫ 980.000 ₫",
        f"5 Oct 2026 {order} Refund −900.000 ₫ −100.000 ₫ 50.000 ₫ −950.000 ₫",
        "Sum 30.000 ₫ 0 ₫ 0 ₫ 30.000 ₫",
        "2 Oct 2026 Payout FT26275001 ••••6789 −220.000 ₫",
    ):
        assert shown in text, shown
    assert "Other" not in text


def test_pdf_of_a_big_shop_repeats_the_header(shop):
    statement = state(shop, OCTOBER)
    line = statement.facts["lines"][0]
    statement.facts["lines"] = [line | {"order": f"ORD-{n:06d}"} for n in range(2_000)]
    statement.language = "vi"

    shown = pages(render(statement))

    assert len(shown) > 20
    assert all("Đơn hàng" in page for page in shown if "ORD-" in page)
    assert [f"ORD-{n:06d}" in "".join(shown) for n in range(2_000)] == [True] * 2_000
    assert shown[-2:][-1].count("Trang") == 1


def test_month_that_is_not_over_is_not_stated(shop):
    for moment in (OCTOBER.start, OCTOBER.end - timedelta(seconds=1), OCTOBER.end):
        with time_machine.travel(moment, tick=False), pytest.raises(MonthNotOver):
            issue_statement(shop.pk, month=OCTOBER)

    assert not Document.objects.filter(kind=DocumentKind.STATEMENT).exists()


def test_job_states_each_month_of_each_shop_once(shop, capsys):
    idle = ShopFactory()
    with time_machine.travel(OCTOBER.end + timedelta(hours=2), tick=False):
        due = due_statements(100)
        call_command("issue_statements", "--dry-run")
        call_command("issue_statements", "--limit", "1")
        call_command("issue_statements")
        call_command("issue_statements")
    with time_machine.travel(NOVEMBER.end + timedelta(minutes=30), tick=False):
        call_command("issue_statements")

    assert due == {SEPTEMBER: [shop.pk], OCTOBER: due[OCTOBER]}
    assert shop.pk in due[OCTOBER]
    assert idle.pk not in due[OCTOBER]
    count = 1 + len(due[OCTOBER])
    assert capsys.readouterr().out.splitlines() == [
        f"done={count} skipped=0 failed=0",
        "done=1 skipped=0 failed=0",
        f"done={count - 1} skipped=0 failed=0",
        "done=0 skipped=0 failed=0",
        "done=0 skipped=0 failed=0",
    ]
    statements = Document.objects.filter(kind=DocumentKind.STATEMENT).order_by("position")
    assert [row.position for row in statements] == list(range(1, count + 1))
    assert DocumentSeries.objects.get(kind=DocumentKind.STATEMENT).last_position == count


@pytest.mark.django_db(transaction=True)
def test_several_jobs_state_a_month_once():
    shops = [place_paid().shop for _ in range(4)]
    month = Month.of(timezone.now())

    with time_machine.travel(month.end + timedelta(hours=2), tick=False):
        outcomes = run_in_parallel(
            lambda shop: issue_statement(shop.pk, month=month), arguments=shops * 3
        )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    statements = Document.objects.order_by("position")
    assert [row.position for row in statements] == [1, 2, 3, 4]
    assert {row.shop_id for row in statements} == {shop.pk for shop in shops}


def test_what_changes_later_changes_no_statement(shop):
    statement = state(shop, OCTOBER)
    before = render(statement)

    Shop.objects.update(name="Tên mới")
    with at(11, 20):
        sell(shop, 900_000)

    assert render(Document.objects.get(pk=statement.pk)) == before
    assert state(shop, OCTOBER) == statement


@pytest.mark.parametrize(
    ("month", "following"),
    [(Month(2026, 1), Month(2026, 2)), (Month(2026, 12), Month(2027, 1))],
)
def test_months_are_those_of_the_local_calendar(month, following):
    assert month.following == following
    assert following.previous == month
    assert month.end == following.start
    assert Month.of(month.end) == following
    assert Month.of(month.end - timedelta(microseconds=1)) == month
