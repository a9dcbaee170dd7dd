"""A shop's monthly statement."""

from collections.abc import Sequence
from typing import Any, Final

from reportlab.platypus import Flowable

from accounts.constants import Language
from orders.documents.models import Document
from orders.documents.pdf.page import Paper, block, columns, gap, ledger, sums, text
from orders.documents.pdf.text import day, money
from orders.settlement.constants import EntryKind

# Every word of the document in both languages.
_WORDS: Final[dict[str, dict[str, str]]] = {
    Language.VIETNAMESE: {
        "title": "Bảng kê tháng {}",
        "number": "Số: {}",
        "issued": "Ngày lập: {}",
        "shop": "Cửa hàng",
        "opening": "Số dư đầu tháng",
        "sales": "Bán hàng",
        "refunds": "Hoàn tiền",
        "commission": "Phí hoa hồng",
        "payouts": "Đã chi trả",
        "other": "Khác",
        "closing": "Số dư cuối tháng",
        "of which": "Trong đó",
        "available": "Đến hạn chi trả",
        "pending": "Chưa đến hạn",
        "on hold": "Tạm giữ do khiếu nại",
        "in transit": "Đang chuyển khoản",
        "carriers": "Đơn vị vận chuyển {carrier} còn giữ {amount} tiền thu hộ của các đơn hàng đã"
        " giao; khoản này nằm trong số dư và được chi trả sau khi họ bàn giao.",
        "orders": "Theo đơn hàng",
        "day": "Ngày",
        "order": "Đơn hàng",
        "what": "Nội dung",
        "buyer": "Người mua trả",
        "platform": "{} trả",
        "net": "Thực nhận",
        "sum": "Cộng",
        "nothing": "Không có phát sinh theo đơn hàng trong tháng.",
        "account": "Tài khoản",
        "reference": "Mã giao dịch",
        "amount": "Số tiền",
        "page": "Trang {number}/{count}",
        EntryKind.SALE: "Bán hàng",
        EntryKind.REFUND_CLAIM: "Hoàn tiền",
        EntryKind.REFUND_RESTORED: "Hủy hoàn tiền",
        EntryKind.PAYOUT_PAID: "Chi trả",
        EntryKind.PAYOUT_RETURNED: "Chi trả bị trả lại",
    },
    Language.ENGLISH: {
        "title": "Statement {}",
        "number": "No. {}",
        "issued": "Issued: {}",
        "shop": "Shop",
        "opening": "Balance at the beginning",
        "sales": "Sales",
        "refunds": "Refunds",
        "commission": "Commission",
        "payouts": "Payouts",
        "other": "Other",
        "closing": "Balance at the end",
        "of which": "Of which",
        "available": "Due",
        "pending": "Not yet due",
        "on hold": "Held during disputes",
        "in transit": "Payouts on their way",
        "carriers": "{carrier} still holds {amount} of cash collected for delivered orders; it is"
        " part of the balance and is paid out once the carrier has handed it over.",
        "orders": "By order",
        "day": "Day",
        "order": "Order",
        "what": "What",
        "buyer": "Paid by buyer",
        "platform": "By {}",
        "net": "For the shop",
        "sum": "Sum",
        "nothing": "No order moved the balance in this month.",
        "account": "Account",
        "reference": "Reference",
        "amount": "Amount",
        "page": "Page {number} of {count}",
        EntryKind.SALE: "Sale",
        EntryKind.REFUND_CLAIM: "Refund",
        EntryKind.REFUND_RESTORED: "Refund not made",
        EntryKind.PAYOUT_PAID: "Payout",
        EntryKind.PAYOUT_RETURNED: "Payout returned",
    },
}


def statement_pdf(statement: Document) -> bytes:
    return _Statement(statement).pdf()


class _Statement:
    """One statement, part by part from the top of the page to its end."""

    def __init__(self, statement: Document) -> None:
        self.statement = statement
        self.facts: dict[str, Any] = statement.facts
        self.words = _WORDS.get(statement.language, _WORDS[Language.VIETNAMESE])
        year, month = self.facts["month"].split("-")
        self.title = self.words["title"].format(f"{month}/{year}")

    def pdf(self) -> bytes:
        paper = Paper(
            title=f"{self.title} {self.statement.number}",
            author=self.facts["site"],
            language=self.statement.language,
            foot=f"{self.facts['site']} · {self.statement.number}",
            page_of=self.words["page"],
        )
        return paper.write(
            [
                self._head(),
                gap(8),
                self._shop(),
                gap(8),
                self._balance(),
                gap(6),
                *self._carriers(),
                *self._orders(),
                *self._payouts(),
            ]
        )

    def _head(self) -> Flowable:
        words = self.words
        return columns(
            block(text(self.title, "title"), gap(2), text(self.facts["site"], "faint")),
            block(
                text(words["number"].format(self.statement.number), "bold right"),
                text(words["issued"].format(self._day(self.statement.issued_at)), "right"),
            ),
            shares=(1, 1),
        )

    def _shop(self) -> Flowable:
        shop = self.facts["seller"]
        lines = [*shop["address"], shop["phone"], shop["email"]]
        return columns(
            block(
                text(self.words["shop"], "heading"),
                text(shop["name"], "bold"),
                *(text(line) for line in lines if line),
            ),
            shares=(1,),
        )

    def _balance(self) -> Flowable:
        found = self.facts["summary"]
        names = ["opening", "sales", "refunds", "commission", "payouts"]
        if found["other_amount"]:
            names.append("other")
        parts = ("available", "pending", "on hold", "in transit")
        return sums(
            [(self.words[name], self._sum(name)) for name in names],
            (self.words["closing"], self._sum("closing")),
            [
                (f"{self.words['of which']}: {self.words[name]}", self._sum(name))
                for name in parts
                if self._found(name)
            ],
        )

    def _carriers(self) -> list[Flowable]:
        notes = [
            text(
                self.words["carriers"].format(
                    carrier=row["carrier"], amount=self._money(row["amount"])
                ),
                "faint",
            )
            for row in self.facts["carriers"]
        ]
        return [*notes, gap(6)] if notes else []

    def _orders(self) -> list[Flowable]:
        words, lines = self.words, self.facts["lines"]
        heading = text(words["orders"], "heading")
        if not lines:
            return [heading, gap(2), text(words["nothing"])]
        amounts = ("buyer_amount", "platform_discount_amount", "commission_amount", "net_amount")
        body = [
            [
                self._day(line["at"]),
                line["order"],
                words[line["kind"]],
                *(self._money(line[name]) if line[name] else "" for name in amounts),
            ]
            for line in lines
        ]
        totals = [self._money(sum(line[name] for line in lines)) for name in amounts]
        names = (
            *("day", "order", "what", "buyer"),
            words["platform"].format(self.facts["site"]),
            *("commission", "net"),
        )
        return [
            heading,
            gap(2),
            *ledger(
                [words.get(name, name) for name in names],
                body,
                [words["sum"], "", "", *totals],
                shares=(20, 40, 25, 26, 26, 25, 26),
                left=3,
            ),
        ]

    def _payouts(self) -> list[Flowable]:
        words, rows = self.words, self.facts["payouts"]
        if not rows:
            return []
        names: Sequence[str] = ("day", "what", "reference", "account", "amount")
        body = [
            [
                self._day(row["at"]),
                words[row["kind"]],
                row["reference"],
                row["bank_account"],
                self._money(row["amount"]),
            ]
            for row in rows
        ]
        return [
            gap(8),
            text(words["payouts"], "heading"),
            gap(2),
            *ledger(
                [words[name] for name in names],
                body,
                [words["sum"], "", "", "", self._sum("payouts")],
                shares=(20, 36, 58, 36, 34),
                left=4,
            ),
        ]

    def _found(self, name: str) -> int:
        return int(self.facts["summary"][f"{name.replace(' ', '_')}_amount"])

    def _sum(self, name: str) -> str:
        return self._money(self._found(name))

    def _day(self, instant: Any) -> str:
        return day(instant, self.facts["time_zone"], self.statement.language)

    def _money(self, amount: int) -> str:
        return money(amount, self.statement.currency)
