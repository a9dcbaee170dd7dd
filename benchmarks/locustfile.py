"""People in a shop, as Locust plays them: most look around, some fill a cart, few buy.

    .venv/bin/python benchmarks/behaviour.py       # makes the data, starts the shop, runs this

Each user is one person with an address and an account of their own, who thinks between pages as
long as people do. What they look at and search for is skewed as it is in life: the n-th most
popular product is wanted a n-th as often as the first (Zipf), and so are searches.

No Django in here: Locust replaces the sockets of the process that it runs in.
"""

import json
import os
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from locust import FastHttpUser, events, task

DATA = json.loads(Path(os.environ["BEHAVIOUR_DATA"]).read_text())
SEED = int(os.environ.get("BEHAVIOUR_SEED", "1"))
BUCKET_SECONDS = 5
# Refusals that are right answers: the last unit went to somebody else.
SOLD_OUT = {"out_of_stock", "product_unavailable"}
# Median of the pause between two pages, and how far pauses spread (of the logarithm).
THINK_SECONDS, THINK_SPREAD, THINK_MOST = 3.0, 0.7, 30.0
SIGNS_IN_BEFORE_BUYING = 0.2

_numbers = count()
sold_out: Counter[str] = Counter()
# Latencies in milliseconds by the five seconds in which they were answered.
timeline: dict[int, list[float]] = {}
_began = time.monotonic()


def zipf(dice: random.Random, rows: Sequence[Any]) -> Any:
    """Return a row, the first ones more often: the n-th with a chance of about 1/n."""
    return rows[int(len(rows) ** dice.random()) - 1]


class Person(FastHttpUser):
    """90 % of what they do is browsing and searching, 8 % the cart, 2 % a checkout."""

    def on_start(self) -> None:
        number = next(_numbers)
        self.dice = random.Random(SEED * 1_000_003 + number)
        self.shopper = DATA["shoppers"][number % len(DATA["shoppers"])]
        self.token = self.shopper["token"]
        self.is_cart_filled = False
        # Everybody has an address of their own, as behind the proxy of production.
        self.client.client.default_headers["X-Forwarded-For"] = (
            f"198.18.{number // 250}.{number % 250 + 1}"
        )

    def wait_time(self) -> float:
        return min(self.dice.lognormvariate(0, THINK_SPREAD) * THINK_SECONDS, THINK_MOST)

    # --- browsing and searching: 90 ---

    @task(12)
    def come_in(self) -> None:
        self._get("/categories", "home: categories")
        self._get("/banners", "home: banners")
        self._get("/products?ordering=popular", "list")

    @task(26)
    def walk_through_a_category(self) -> None:
        query = [f"category={zipf(self.dice, DATA['categories'])}"]
        if self.dice.random() < 0.4:
            query.append(f"ordering={self.dice.choice(['price', '-price', 'popular', 'rating'])}")
        if self.dice.random() < 0.3:
            low = self.dice.randrange(20, 1500) * 1000
            query.append(f"min_price={low}&max_price={low + 400_000}")
        page = self._get(f"/products?{'&'.join(query)}", "list: filtered")
        if page and page["next"] and self.dice.random() < 0.3:
            self._pause()
            self._get(page["next"].partition("/api/v1")[2], "list: next page")

    @task(30)
    def look_at_a_product(self) -> None:
        self._look_at(zipf(self.dice, DATA["products"]))

    @task(22)
    def search(self) -> None:
        text = zipf(self.dice, DATA["searches"])
        for length in range(2, len(text), 4):  # a shop front asks while people type
            self._get(f"/products/suggest?q={quote(text[:length])}", "suggest")
            self._pause(0.1)
        page = self._get(f"/products/search?q={quote(text)}", "search")
        if page and page["results"] and self.dice.random() < 0.5:
            self._pause()
            self._look_at(zipf(self.dice, page["results"])["id"])

    # --- the cart: 8 ---

    @task(5)
    def put_into_cart(self) -> None:
        self._fill_cart()

    @task(2)
    def read_cart(self) -> None:
        self._call("GET", f"/cart?address_id={self.shopper['address_id']}", "cart: read")

    @task(1)
    def change_cart(self) -> None:
        cart = self._call("GET", "/cart", "cart: read")
        items = [item for group in (cart or {}).get("groups", ()) for item in group["items"]]
        if items:
            body = {"quantity": self.dice.randrange(1, 4)}
            chosen = self.dice.choice(items)["id"]
            self._call("PATCH", f"/cart/items/{chosen}", "cart: change", body)

    # --- checkout: 2 ---

    @task(2)
    def buy(self) -> None:
        if not self.is_cart_filled:
            self._fill_cart()
            self._pause()
        if not self.is_cart_filled:
            return  # what they wanted is sold out
        if self.dice.random() < SIGNS_IN_BEFORE_BUYING:
            body = {"email": self.shopper["email"], "password": DATA["password"]}
            if tokens := self._call("POST", "/auth/login", "sign in", body):
                self.token = tokens["access"]
        body = {"address_id": self.shopper["address_id"], "payment_method": "COD"}
        if not self._call("POST", "/orders/quote", "checkout: quote", body):
            return
        self._pause()
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        placed = self._call("POST", "/orders", "checkout: order", body, headers)
        self.is_cart_filled = False
        if placed:
            self._pause()
            self._call("GET", f"/orders/{placed['orders'][0]['number']}", "order")

    # --- one request ---

    def _look_at(self, product_id: str) -> Any:
        product = self._get(f"/products/{product_id}", "product")
        if product:
            self._get(f"/products/{product_id}/related", "product: related")
            self._get(f"/products/{product_id}/reviews", "product: reviews")
            self._call("POST", f"/products/{product_id}/views", "product: seen", is_public=True)
        return product

    def _fill_cart(self) -> None:
        product = self._look_at(zipf(self.dice, DATA["products"]))
        if not product:
            return
        self._pause(0.5)
        variant = self.dice.choice(product["variants"])
        body = {"variant_id": variant["id"], "quantity": 1}
        if self._call("POST", "/cart", "cart: add", body):
            self.is_cart_filled = True

    def _get(self, path: str, name: str) -> Any:
        return self._call("GET", path, name, is_public=True)

    def _call(
        self,
        method: str,
        path: str,
        name: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        is_public: bool = False,
    ) -> Any:
        """Send one request; returns its JSON, or None for a refusal.

        A refusal for want of stock is a right answer and counted apart; anything else from 400 on
        is an error.
        """
        own = {} if is_public else {"Authorization": f"Bearer {self.token}"}
        with self.client.request(
            method,
            f"/api/v1{path}",
            name=name,
            json=body,
            headers={**own, **(headers or {})},
            catch_response=True,
        ) as response:
            if response.status_code == 409 and (code := _code(response)) in SOLD_OUT:
                sold_out[f"{name}: {code}"] += 1
                response.success()
                return None
            if response.status_code >= 400 or response.status_code == 0:
                response.failure(f"{response.status_code} {_code(response)}")
                return None
            return response.json() if response.content else {}

    def _pause(self, share: float = 1.0) -> None:
        time.sleep(self.wait_time() * share)  # Locust's: only this person waits


def _code(response: Any) -> str:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return "no body of the contract"


@events.request.add_listener  # type: ignore[untyped-decorator]
def remember(response_time: float, **_: Any) -> None:
    bucket = int((time.monotonic() - _began) // BUCKET_SECONDS)
    timeline.setdefault(bucket, []).append(response_time)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_down(environment: Any, **_: Any) -> None:
    """Hand the figures to whoever started Locust."""
    stats = environment.stats
    rows = [*sorted(stats.entries.values(), key=lambda row: row.name), stats.total]
    figures = {
        "requests": [
            {
                "name": row.name,
                "count": row.num_requests,
                "errors": row.num_failures,
                **{
                    f"p{share:.0f}_ms": row.get_response_time_percentile(share / 100)
                    for share in (50, 95, 99)
                },
                "per_second": round(row.total_rps, 2),
            }
            for row in rows
        ],
        "errors": [
            {"name": row.name, "what": str(row.error), "count": row.occurrences}
            for row in stats.errors.values()
        ],
        "sold_out": dict(sold_out),
        "timeline": [
            {"second": bucket * BUCKET_SECONDS, "requests": len(values), **_percentiles(values)}
            for bucket, values in sorted(timeline.items())
        ],
    }
    Path(os.environ["BEHAVIOUR_RESULT"]).write_text(json.dumps(figures))


def _percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        name: round(ordered[int(len(ordered) * share)], 1)
        for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95))
    }
