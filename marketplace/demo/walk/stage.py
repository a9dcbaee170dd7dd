"""Who takes part in the walk and what they sell, and how the walk is told."""

import io
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from marketplace.demo.client import ApiClient, Failure, SmsBox


@dataclass(frozen=True)
class Ware:
    """What one of the sellers offers; prices by the variants' names."""

    shop_name: str
    title: str
    category: str
    prices: dict[str, str]
    colour: tuple[int, int, int]


WARES = (
    Ware(
        "Tiệm Gốm Thử",
        "Lọ men lam vẽ tay",
        "Lọ hoa gốm",
        {"Nhỏ": "89000", "Lớn": "129000"},
        (40, 90, 160),
    ),
    Ware("Vườn Trà Thử", "Trà sen ướp tay 100 g", "Trà sen", {"Gói": "155000"}, (60, 140, 80)),
)


class Story:
    """Prints the walk as it goes: one line per step, with what came of it."""

    def __init__(self) -> None:
        self.steps = 0
        self.colours = sys.stdout.isatty()

    def chapter(self, title: str) -> None:
        print(f"\n{self._in('1', title)}")

    @contextmanager
    def step(self, what: str) -> Iterator[Callable[[str], None]]:
        """Do one step: `with story.step("...") as tell: ...; tell("what came of it")`."""
        told: list[str] = []
        try:
            yield told.append
        except Failure:
            print(f"  {self._in('31', '✗')} {what}")
            raise
        self.steps += 1
        result = f"  {self._in('2', told[-1])}" if told else ""
        print(f"  {self._in('32', '✓')} {what}{result}", flush=True)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours else text


class Seller:
    """A seller of the walk, with the shop and the product that come to be."""

    def __init__(self, client: ApiClient, ware: Ware) -> None:
        self.client = client
        self.ware = ware
        self.shop: Any = None
        self.product: Any = None


class Walk:
    """Two sellers, one buyer and a moderator, from registration to completed orders."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self.url = url
        self.story = Story()
        self.mail = SmsBox(data_dir / "outbox" / "sms.jsonl")
        self.run = secrets.token_hex(3)
        self.sellers: list[Seller] = []
        self.buyer = ApiClient(url, "buyer")
        self.buyer_phone = ""
        self.orders: list[Any] = []
        self.voucher_code = ""


def expect(condition: object, what: str) -> None:
    if not condition:
        raise Failure(f"expected otherwise: {what}")


def dong(amount: str) -> str:
    return f"{int(amount.partition('.')[0]):,} ₫".replace(",", ".")


def draw_picture(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 640), colour).save(buffer, "PNG")
    return buffer.getvalue()
