"""What an invoice says, and that it goes on saying it."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.tests.factories import AddressFactory, UserFactory
from catalog.models import Product
from catalog.tests.factories import VariantFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox
from orders.constants import PaymentMethod
from orders.documents.constants import DocumentKind, DocumentStatus
from orders.documents.errors import InvoiceNotIssued
from orders.documents.models import Document, DocumentSeries
from orders.documents.pdf import render
from orders.documents.selectors.invoices import held_invoices
from orders.documents.services.invoices import issue_invoice, orders_without_invoice
from orders.documents.tests.factories import delivered_cash, pages, written
from orders.payments.models import Payment, Refund
from orders.payments.services.send_refunds import send_refund
from orders.returns.services.refunds import refund_order
from orders.returns.tests.factories import deliver, delivered
from orders.tests.factories import place, place_one
from shops.models import Shop
from shops.tests.factories import ShopFactory
from vouchers.constants import VoucherKind
from vouchers.tests.factories import VoucherFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def discounted():
    """A delivered order: two variants, vouchers of the shop, of the platform and for shipping.

    Goods 3 × 123,457 + 1 × 250,000 = 620,371; the shop takes 62,037 off, the platform 7 % of what
    is left (39,083) and 20,000 of the shipping of 35,000.
    """
    buyer = UserFactory(language="en")
    AddressFactory(user=buyer)
    shop = ShopFactory(name="Cửa hàng Phố Cổ", contact_email="pho-co@shop.test")
    shirt = VariantFactory(
        product__shop=shop, product__title="Áo thun cổ tròn", name="Đỏ / L", price_amount=123_457
    )
    shoes = VariantFactory(
        product__shop=shop, product__title="Giày <b>da</b> & tất", price_amount=250_000
    )
    VoucherFactory(code="SHOP10", shop=shop)
    of_platform = {"platform_share_bps": 10_000}
    VoucherFactory(code="SAN7", value=700, **of_platform)
    VoucherFactory(
        code="SHIP20",
        kind=VoucherKind.FREE_SHIPPING,
        value=0,
        max_discount_amount=20_000,
        **of_platform,
    )
    checkout = place(
        (shirt, 3), (shoes, 1), buyer=buyer, voucher_codes=["SHOP10", "SAN7", "SHIP20"]
    )
    return deliver(checkout.orders.get())


def test_delivery_issues_the_invoice_and_the_worker_makes_its_file():
    order = delivered_cash()

    drain_outbox()

    invoice = Document.objects.select_related("file").get()
    assert (invoice.kind, invoice.order, invoice.shop) == (DocumentKind.INVOICE, order, order.shop)
    assert (invoice.amount, invoice.currency) == (order.total_amount, "VND")
    code = order.shop_id.hex[-8:].upper()
    assert invoice.number == f"INV-{invoice.issued_at.year}-{code}-000001"
    assert invoice.file.status == DocumentStatus.READY
    assert invoice.file.size > 1_000


def test_orders_on_their_way_are_not_invoiced():
    order = place_one()

    drain_outbox()
    with pytest.raises(InvoiceNotIssued):
        issue_invoice(order.pk)

    assert not Document.objects.exists()
    assert not DocumentSeries.objects.exists()


def test_an_order_has_one_invoice_however_often_it_is_asked_for():
    order = delivered_cash()

    first, second = issue_invoice(order.pk), issue_invoice(order.pk)
    drain_outbox()

    assert first == second == Document.objects.get()
    assert DocumentSeries.objects.get().last_position == 1
    assert OutboxEvent.objects.filter(topic="documents.issued").count() == 1


def test_each_shop_counts_its_own_invoices():
    variant = VariantFactory()
    orders = [deliver(place((variant, 1)).orders.get()) for _ in range(3)]
    other = delivered_cash()

    numbers = [issue_invoice(order.pk).number for order in [*orders, other]]

    assert [number[-6:] for number in numbers] == ["000001", "000002", "000003", "000001"]
    assert len(set(numbers)) == 4


def test_numbers_begin_anew_with_the_local_year():
    variant = VariantFactory()
    orders = [deliver(place((variant, 1)).orders.get()) for _ in range(2)]

    # An hour apart, in the same year of UTC; the new year begins in between in Hà Nội.
    with time_machine.travel(datetime(2026, 12, 31, 16, 30, tzinfo=UTC), tick=False):
        old = issue_invoice(orders[0].pk)
    with time_machine.travel(datetime(2026, 12, 31, 17, 30, tzinfo=UTC), tick=False):
        new = issue_invoice(orders[1].pk)

    assert (old.number[:9], old.position) == ("INV-2026-", 1)
    assert (new.number[:9], new.position) == ("INV-2027-", 1)


def test_invoice_adds_up_to_the_last_unit(discounted):
    facts = issue_invoice(discounted.pk).facts

    lines = facts["lines"]
    assert [line["line_total_amount"] for line in lines] == [370_371, 250_000]
    assert facts["subtotal_amount"] == sum(line["line_total_amount"] for line in lines) == 620_371
    for side in ("seller_discount_amount", "platform_discount_amount"):
        assert facts[side] == sum(line[side] for line in lines)
    assert facts["seller_discount_amount"] == 62_037
    assert facts["platform_discount_amount"] == 39_083
    assert facts["platform_shipping_discount_amount"] == 20_000
    assert facts["shipping_fee_amount"] == 35_000
    assert facts["total_amount"] == 620_371 - 62_037 - 39_083 + 35_000 - 20_000 == 534_251
    assert facts["payment"]["paid_amount"] == 534_251
    assert sum(row["discount_amount"] for row in facts["vouchers"]) == 121_120


def test_pdf_shows_every_amount(discounted):
    text = written(issue_invoice(discounted.pk))

    for shown in (
        *("Invoice", discounted.number, "Cửa hàng Phố Cổ", "pho-co@shop.test", "Trần Thị Bích"),
        *("Áo thun cổ tròn", "Đỏ / L", "Giày <b>da</b> & tất", "123.457 ₫", "370.371 ₫"),
        *("Subtotal 620.371 ₫", "Discount by the shop −62.037 ₫"),
        *("Discount by Marketplace −39.083 ₫", "Shipping discount by Marketplace −20.000 ₫"),
        *("Shipping (Giao hàng tiêu chuẩn) 35.000 ₫", "Tax 0 ₫", "Total 534.251 ₫"),
        *("SHOP10: −62.037 ₫", "SAN7: −39.083 ₫", "SHIP20: −20.000 ₫", "Page 1 of 1"),
    ):
        assert shown in text, shown
    assert "Cash on delivery, " in text
    assert "Shipping discount by the shop" not in text


def test_pdf_is_in_the_language_of_the_buyer():
    order = delivered_cash(buyer=UserFactory(language="vi"))

    text = written(issue_invoice(order.pk))

    assert "Hóa đơn" in text
    assert "Tổng cộng 130.000 ₫" in text
    assert "Tiền mặt khi nhận hàng (COD)" in text
    assert "Bến Nghé, Quận 1, Hồ Chí Minh" in text


def test_invoice_tells_how_it_was_paid_and_what_went_back_before():
    order = delivered(buyer=UserFactory(language="en"))
    refund = refund_order(order.pk, actor=order.shop.owner, amount=40_000, reason="Scratched.")
    send_refund(refund.pk)

    invoice = issue_invoice(order.pk)

    payment = Payment.objects.get(checkout=order.checkout)
    assert invoice.facts["payment"] == {
        "method": PaymentMethod.FAKE,
        "reference": payment.provider_reference,
        "paid_at": payment.captured_at.isoformat(),
        "paid_amount": order.total_amount,
        "refunds": [
            {
                "at": Refund.objects.get().ended_at.isoformat(),
                "amount": 40_000,
                "kind": refund.kind,
            }
        ],
    }
    text = written(invoice)
    assert f"Reference: {payment.provider_reference}" in text
    assert "Paid after refunds: 295.000 ₫" in text


def test_what_changes_later_changes_no_invoice(discounted):
    invoice = issue_invoice(discounted.pk)
    before = render(invoice)

    Shop.objects.update(name="Tên mới", contact_email="new@shop.test", pickup_address={})
    Product.objects.update(title="Tên khác")
    discounted.buyer.full_name = "Người Khác"
    discounted.buyer.language = "vi"
    discounted.buyer.save(update_fields=["full_name", "language"])

    assert render(Document.objects.get(pk=invoice.pk)) == before
    assert issue_invoice(discounted.pk) == invoice


def test_settings_of_later_days_change_no_invoice(discounted, settings):
    invoice = issue_invoice(discounted.pk)
    before = render(invoice)

    settings.SITE_NAME = "Another"
    settings.LOCAL_TIME_ZONE = "America/New_York"
    settings.MARKETPLACE_CURRENCY = "USD"

    assert render(invoice) == before


def test_many_and_long_lines_go_over_pages_with_the_header_on_each():
    invoice = issue_invoice(delivered_cash(buyer=UserFactory(language="en")).pk)
    line = invoice.facts["lines"][0]
    titles = [f"Item {n}" for n in range(60)] + ["ђ" * 255, "đ " * 120, "漢字 🍵 tea\u0000\u202e"]
    invoice.facts["lines"] = [line | {"title": title} for title in titles]
    invoice.facts["seller"]["name"] = "Q" * 150

    shown = pages(render(invoice))

    assert len(shown) > 2
    assert all("Unit price" in page for page in shown if "Item" in page or "SKU" in page)
    assert all(f"Page {n} of {len(shown)}" in page for n, page in enumerate(shown, 1))
    assert sum(page.count("ђ") for page in shown) == 255
    assert "□□ tea" in "".join(shown)


def test_markup_in_names_is_text():
    invoice = issue_invoice(delivered_cash().pk)
    attack = '<img src="file:///etc/passwd"/><a href="javascript:x">{number}</a>'
    invoice.facts["lines"][0]["title"] = attack
    invoice.facts["seller"]["name"] = attack
    invoice.facts["site"] = "{0.__class__} <para>"

    text = written(invoice).replace(" ", "")

    assert text.count(attack.replace(" ", "")) == 2
    assert "{0.__class__}<para>" in text


def test_orders_delivered_before_there_were_invoices_are_found():
    first, second = delivered_cash(), delivered_cash()
    place_one()

    assert orders_without_invoice(10) == [first.pk, second.pk]
    issue_invoice(first.pk)
    assert orders_without_invoice(10) == [second.pk]


def test_export_of_a_buyers_data_names_the_invoices():
    order = delivered_cash()
    invoice = issue_invoice(order.pk)

    assert held_invoices(order.shop.owner) == []
    (row,) = held_invoices(order.buyer)
    assert (row["number"], row["order"]) == (invoice.number, order.number)
    assert row["total_amount"] == order.total_amount
