"""Buyers who never give up, and who write down what the shop has promised them."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests

# So long somebody waits for an answer, and for the whole of an order with all tries.
ANSWER_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 90.0
TRY_AGAIN_SECONDS: Final = 0.3
# Above the time for which the shop holds the goods of an unpaid order.
TOO_LATE_SECONDS: Final = 80.0
THINK_SECONDS: Final = (0.5, 1.5)
# What is answered that way is asked again; everything else is an answer.
NOT_YET: Final = {"idempotency_in_progress"}


@dataclass
class Wish:
    """One order that somebody wants, under one key, however often it is asked for."""

    key: str
    email: str
    body: dict[str, Any]
    tries: int = 0
    checkout_id: str = ""
    numbers: list[str] = field(default_factory=list)
    # The code of a refusal: nothing may have been written then.
    refused: str = ""
    is_contradicted: bool = False


@dataclass(frozen=True)
class Failed:
    """An answer of the server that says that something is wrong with it."""

    at: float
    status: int
    code: str
    what: str
    says_when: bool


class Book:
    """What the clients know, whatever the database says."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wishes: list[Wish] = []
        self.answers: Counter[int] = Counter()
        self.failed: list[Failed] = []
        self.lost: list[float] = []
        # What nobody expected of the shop, in words.
        self.surprises: list[str] = []

    def remember(self, response: requests.Response, what: str) -> None:
        with self.lock:
            self.answers[response.status_code] += 1
            if response.status_code >= 500:
                self.failed.append(
                    Failed(
                        time.monotonic(),
                        response.status_code,
                        code_of(response),
                        what,
                        "Retry-After" in response.headers,
                    )
                )

    def remember_lost(self) -> None:
        with self.lock:
            self.lost.append(time.monotonic())

    def surprise(self, text: str) -> None:
        with self.lock:
            self.surprises.append(text)

    @property
    def acknowledged(self) -> list[Wish]:
        return [wish for wish in self.wishes if wish.checkout_id]


class Buyer:
    """One person: browses, orders for cash or online, pays, and now and then thinks again."""

    def __init__(
        self,
        address: str,
        shopper: Any,
        goods: Sequence[str],
        scarce: Sequence[str],
        book: Book,
        seed: int,
    ) -> None:
        self.address, self.shopper, self.book = address, shopper, book
        self.goods, self.scarce = goods, scarce
        self.dice = random.Random(seed)
        self.session = requests.Session()
        self.mine: list[Wish] = []
        # Unpaid, and since when.
        self.left: list[tuple[float, Any]] = []

    def run(self, stop: threading.Event) -> None:
        actions = (self._browse, self._order, self._order_online, self._change_mind)
        while not stop.is_set():
            (action,) = self.dice.choices(actions, weights=(40, 30, 20, 10))
            action()
            stop.wait(self.dice.uniform(*THINK_SECONDS))

    # --- what they do ---

    def _browse(self) -> None:
        path = self.dice.choice(
            ["/products?ordering=popular", "/products/search?q=giay", "/cart", "/orders?limit=5"]
        )
        self._ask("GET", path, None, {}, patience=0)

    def _order(self) -> None:
        self._place("COD")

    def _order_online(self) -> None:
        """Order, and pay; one in ten leaves it and comes back when it is too late."""
        if self.left and time.monotonic() - self.left[0][0] > TOO_LATE_SECONDS:
            self._pay(self.left.pop(0)[1])
            return
        placed = self._place("FAKE")
        if placed is None:
            return
        if self.dice.random() < 0.1:
            self.left.append((time.monotonic(), placed))
            return
        self._pay(placed)

    def _place(self, method: str) -> Any:
        chosen = self.dice.sample(self.goods, self.dice.randrange(1, 4))
        if self.dice.random() < 0.4:
            chosen[0] = self.dice.choice(self.scarce)
        body = {
            "items": [{"variant_id": variant, "quantity": 1} for variant in dict.fromkeys(chosen)],
            "address_id": self.shopper.address_id,
            "payment_method": method,
        }
        key = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        wish = Wish(key, self.shopper.email, body)
        with self.book.lock:
            self.book.wishes.append(wish)
        placed = self._insist(wish)
        if placed is not None:
            self.mine.append(wish)
            if self.dice.random() < 0.05:
                self._insist(wish)  # as a client that has forgotten that it was answered
        return placed

    def _insist(self, wish: Wish) -> Any:
        response = self._ask(
            "POST", "/orders", wish.body, {"Idempotency-Key": wish.key}, tries=wish
        )
        if response is None:
            return None
        if response.status_code != 201:
            if wish.checkout_id:
                self.book.surprise(f"{wish.key}: 201, and then {response.status_code}")
            elif response.status_code != 409:
                self.book.surprise(f"an order: {response.status_code} {response.text[:300]}")
            wish.refused = code_of(response) or str(response.status_code)
            return None
        placed = response.json()
        checkout_id = placed["checkout"]["id"]
        numbers = sorted(order["number"] for order in placed["orders"])
        if wish.checkout_id and (wish.checkout_id, wish.numbers) != (checkout_id, numbers):
            self.book.surprise(f"{wish.key}: {wish.checkout_id}, and then {checkout_id}")
            wish.is_contradicted = True
        wish.checkout_id, wish.numbers = checkout_id, numbers
        return placed

    def _pay(self, placed: Any) -> None:
        """Pay at the provider, which tells the shop until the shop has understood."""
        page = urlsplit(placed["payment"]["redirect_url"]).path
        number = placed["orders"][0]["number"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self._ask("POST", page, {"state": "paid"}, {}, is_form=True)
            order = self._ask("GET", f"/orders/{number}", None, {})
            if order is None:
                return
            if order.status_code != 200:
                self.book.surprise(f"order {number}: {order.status_code} {order.text[:300]}")
                return
            if order.json()["payment_status"] != "unpaid":
                return
            if order.json()["status"] == "cancelled":
                return  # too late: the money goes back
            time.sleep(TRY_AGAIN_SECONDS)

    def _change_mind(self) -> None:
        if not self.mine:
            return
        wish = self.mine.pop(self.dice.randrange(len(self.mine)))
        number = self.dice.choice(wish.numbers)
        response = self._ask("POST", f"/orders/{number}/cancel", {"reason": "Thôi."}, {})
        # 409: the first try did it, though its answer was lost.
        if response is not None and response.status_code not in {200, 409}:
            self.book.surprise(f"cancel {number}: {response.status_code} {response.text[:300]}")

    # --- one question, until it is answered ---

    def _ask(
        self,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str],
        *,
        patience: float = PATIENCE_SECONDS,
        is_form: bool = False,
        tries: Wish | None = None,
    ) -> requests.Response | None:
        """Ask until there is an answer that settles it; None when patience is at its end."""
        deadline = time.monotonic() + patience
        prefix = "" if is_form else "/api/v1"
        while True:
            if tries is not None:
                tries.tries += 1
            try:
                response = self.session.request(
                    method,
                    f"{self.address}{prefix}{path}",
                    data=body if is_form else None,
                    json=None if is_form else body,
                    headers={"Authorization": f"Bearer {self.shopper.token}", **headers},
                    timeout=ANSWER_SECONDS,
                )
            except requests.RequestException:
                self.book.remember_lost()
            else:
                self.book.remember(response, f"{method} {path.partition('?')[0]}")
                if response.status_code < 500 and code_of(response) not in NOT_YET:
                    return response
            if time.monotonic() > deadline:
                return None
            time.sleep(TRY_AGAIN_SECONDS)


def code_of(response: requests.Response) -> str:
    """Return the contract's code of a refusal, or an empty text."""
    if response.status_code < 400:
        return ""
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
