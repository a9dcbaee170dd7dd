"""The invoice of an order."""

from typing import Any, Final

from reportlab.platypus import Flowable, KeepTogether

from accounts.constants import Language
from orders.constants import PaymentMethod
from orders.documents.models import Document
from orders.documents.pdf.page import Paper, block, columns, gap, rows, sums, text
from orders.documents.pdf.text import day, money, taken

# Every word of the document in both languages.
_WORDS: Final[dict[str, dict[str, str]]] = {
    Language.VIETNAMESE: {
        "title": "Hóa đơn",
        "number": "Số: {}",
        "issued": "Ngày lập: {}",
        "order": "Đơn hàng: {}",
        "placed": "Ngày đặt: {}",
        "delivered": "Ngày giao: {}",
        "seller": "Người bán",
        "buyer": "Người mua",
        "recipient": "Giao đến",
        "item": "Sản phẩm",
        "sku": "Mã: {}",
        "price": "Đơn giá",
        "quantity": "SL",
        "line total": "Thành tiền",
        "discount": "Giảm giá",
        "to pay": "Còn lại",
        "subtotal": "Tổng tiền hàng",
        "seller discount": "Giảm giá của cửa hàng",
        "platform discount": "Giảm giá của {}",
        "shipping": "Phí vận chuyển",
        "shipping by": "Phí vận chuyển ({})",
        "seller shipping discount": "Cửa hàng giảm phí vận chuyển",
        "platform shipping discount": "{} giảm phí vận chuyển",
        "tax": "Thuế",
        "total": "Tổng cộng",
        "vouchers": "Mã giảm giá",
        "payment": "Thanh toán",
        "paid": "{method}, ngày {day}: {amount}",
        "nothing to pay": "Không phải thanh toán.",
        "reference": "Mã giao dịch: {}",
        "refund": "Đã hoàn tiền ngày {day}: {amount}",
        "kept": "Còn lại sau hoàn tiền: {}",
        "page": "Trang {number}/{count}",
        PaymentMethod.COD: "Tiền mặt khi nhận hàng (COD)",
        PaymentMethod.STRIPE: "Thẻ qua Stripe",
        PaymentMethod.FAKE: "Thanh toán thử",
    },
    Language.ENGLISH: {
        "title": "Invoice",
        "number": "No. {}",
        "issued": "Issued: {}",
        "order": "Order: {}",
        "placed": "Placed: {}",
        "delivered": "Delivered: {}",
        "seller": "Seller",
        "buyer": "Buyer",
        "recipient": "Delivered to",
        "item": "Item",
        "sku": "SKU: {}",
        "price": "Unit price",
        "quantity": "Qty",
        "line total": "Amount",
        "discount": "Discount",
        "to pay": "To pay",
        "subtotal": "Subtotal",
        "seller discount": "Discount by the shop",
        "platform discount": "Discount by {}",
        "shipping": "Shipping",
        "shipping by": "Shipping ({})",
        "seller shipping discount": "Shipping discount by the shop",
        "platform shipping discount": "Shipping discount by {}",
        "tax": "Tax",
        "total": "Total",
        "vouchers": "Vouchers",
        "payment": "Payment",
        "paid": "{method}, {day}: {amount}",
        "nothing to pay": "There was nothing to pay.",
        "reference": "Reference: {}",
        "refund": "Refunded on {day}: {amount}",
        "kept": "Paid after refunds: {}",
        "page": "Page {number} of {count}",
        PaymentMethod.COD: "Cash on delivery",
        PaymentMethod.STRIPE: "Card by Stripe",
        PaymentMethod.FAKE: "Make-believe payment",
    },
}


def invoice_pdf(invoice: Document) -> bytes:
    return _Invoice(invoice).pdf()


class _Invoice:
    """One invoice, part by part from the top of the page to its end."""

    def __init__(self, invoice: Document) -> None:
        self.invoice = invoice
        self.facts: dict[str, Any] = invoice.facts
        self.words = _WORDS.get(invoice.language, _WORDS[Language.VIETNAMESE])

    def pdf(self) -> bytes:
        paper = Paper(
            title=f"{self.words['title']} {self.invoice.number}",
            author=self.facts["seller"]["name"],
            language=self.invoice.language,
            foot=f"{self.facts['site']} · {self.invoice.number}",
            page_of=self.words["page"],
        )
        return paper.write(
            [
                self._head(),
                gap(8),
                self._parties(),
                gap(8),
                self._lines(),
                gap(4),
                self._sums(),
                gap(8),
                self._payment(),
            ]
        )

    def _head(self) -> Flowable:
        order = self.facts["order"]
        return columns(
            block(text(self.words["title"], "title"), gap(2), text(self.facts["site"], "faint")),
            block(
                self._said("number", self.invoice.number, "bold right"),
                self._said("issued", self._day(self.invoice.issued_at), "right"),
                self._said("order", order["number"], "right"),
                self._dated("placed", order["placed_at"]),
                self._dated("delivered", order["delivered_at"]),
            ),
            shares=(1, 1),
        )

    def _parties(self) -> Flowable:
        buyer, recipient = self.facts["buyer"], self.facts["recipient"]
        parties = [("seller", self.facts["seller"]), ("buyer", buyer)]
        if recipient != buyer:
            parties.append(("recipient", recipient))
        return columns(
            *(self._party(name, party) for name, party in parties), shares=[1] * len(parties)
        )

    def _party(self, name: str, party: dict[str, Any]) -> list[Flowable]:
        lines = [*party["address"], party["phone"], party.get("email", "")]
        return [
            text(self.words[name], "heading"),
            text(party["name"], "bold"),
            *(text(line) for line in lines if line),
        ]

    def _lines(self) -> Flowable:
        names = ("item", "price", "quantity", "line total", "discount", "to pay")
        return rows(
            [self.words[name] for name in names],
            [self._line(line) for line in self.facts["lines"]],
            shares=(74, 26, 12, 28, 26, 28),
        )

    def _line(self, line: dict[str, Any]) -> list[Any]:
        discount = line["seller_discount_amount"] + line["platform_discount_amount"]
        item = [text(line["title"])]
        if line["variant_name"]:
            item.append(text(line["variant_name"], "faint"))
        item.append(text(self.words["sku"].format(line["sku"]), "faint"))
        return [
            item,
            text(self._money(line["unit_price_amount"]), "right"),
            text(str(line["quantity"]), "right"),
            text(self._money(line["line_total_amount"]), "right"),
            text(self._taken(discount) if discount else "", "right"),
            text(self._money(line["line_total_amount"] - discount), "right"),
        ]

    def _sums(self) -> Flowable:
        facts, words, site = self.facts, self.words, self.facts["site"]
        service = facts["order"]["shipping_service"]
        shipping = words["shipping by"].format(service) if service else words["shipping"]
        discounts = (
            (words["seller discount"], "seller_discount_amount"),
            (words["platform discount"].format(site), "platform_discount_amount"),
        )
        of_shipping = (
            (words["seller shipping discount"], "seller_shipping_discount_amount"),
            (words["platform shipping discount"].format(site), "platform_shipping_discount_amount"),
        )
        return sums(
            [
                (words["subtotal"], self._money(facts["subtotal_amount"])),
                *((label, self._taken(facts[name])) for label, name in discounts if facts[name]),
                (shipping, self._money(facts["shipping_fee_amount"])),
                *((label, self._taken(facts[name])) for label, name in of_shipping if facts[name]),
                (words["tax"], self._money(facts["tax_amount"])),
            ],
            (words["total"], self._money(facts["total_amount"])),
        )

    def _payment(self) -> Flowable:
        payment = self.facts["payment"]
        lines = [text(self.words["payment"], "heading"), *self._paid(payment)]
        if vouchers := self.facts["vouchers"]:
            lines += [gap(3), text(self.words["vouchers"], "heading")]
            lines += [
                text(f"{row['code']}: {self._taken(row['discount_amount'])}") for row in vouchers
            ]
        return KeepTogether(lines)

    def _paid(self, payment: dict[str, Any]) -> list[Flowable]:
        if not payment["paid_amount"]:
            return [text(self.words["nothing to pay"])]
        said = self.words["paid"].format(
            method=self.words.get(payment["method"], PaymentMethod(payment["method"]).label),
            day=self._day(payment["paid_at"]),
            amount=self._money(payment["paid_amount"]),
        )
        lines = [text(said, "bold")]
        if payment["reference"]:
            lines.append(self._said("reference", payment["reference"], "faint"))
        for refund in payment["refunds"]:
            said = self.words["refund"].format(
                day=self._day(refund["at"]), amount=self._taken(refund["amount"])
            )
            lines.append(text(said))
        if payment["refunds"]:
            kept = payment["paid_amount"] - sum(row["amount"] for row in payment["refunds"])
            lines.append(self._said("kept", self._money(kept), "bold"))
        return lines

    def _said(self, name: str, value: str, style: str) -> Flowable:
        return text(self.words[name].format(value), style)

    def _dated(self, name: str, instant: str | None) -> Flowable | None:
        return self._said(name, self._day(instant), "right") if instant else None

    def _day(self, instant: Any) -> str:
        return day(instant, self.facts["time_zone"], self.invoice.language)

    def _money(self, amount: int) -> str:
        return money(amount, self.invoice.currency)

    def _taken(self, amount: int) -> str:
        return taken(amount, self.invoice.currency)
