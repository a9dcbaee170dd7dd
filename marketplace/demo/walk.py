"""A whole purchase over two shops against a running server, by HTTP only: what `bin/demo` runs."""

import argparse
import io
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from marketplace.demo import accounts
from marketplace.demo.client import AdminBrowser, ApiClient, Failure, SmsBox

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Mua-sam-vui-ve-2026"

NEWS_SECONDS = 30


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
HOME = {
    "kind": "shipping",
    "line1": "12 Nguyễn Huệ",
    "ward": "Bến Nghé",
    "district": "Quận 1",
    "province": "Hồ Chí Minh",
    "country": "VN",
}
WAREHOUSE = {
    "line1": "5 Lê Lợi",
    "ward": "Phú Hội",
    "district": "Huế",
    "province": "Thừa Thiên Huế",
    "country": "VN",
}


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

    def main(self) -> int:
        print(f"A purchase over two shops at {self.url}")
        self.check_health()
        self.story.chapter("Two sellers open a shop")
        for ware in WARES:
            self.open_shop(ware)
        self.story.chapter("Staff look at the shops in the admin")
        self.approve_shops()
        self.story.chapter("The sellers put up their goods")
        for seller in self.sellers:
            self.offer_goods(seller)
        self.offer_voucher(self.sellers[0])
        self.story.chapter("A buyer looks around as a guest")
        self.fill_guest_cart()
        self.story.chapter("The buyer registers, and the cart comes along")
        self.register_buyer()
        self.story.chapter("The buyer orders, to be paid on delivery")
        self.order()
        self.story.chapter("The sellers fulfil their orders")
        for seller in self.sellers:
            self.fulfil(seller)
        self.story.chapter("The buyer has everything")
        self.receive()
        self.story.chapter("The buyer says what it was like, and the shops reply")
        for seller, rating in zip(self.sellers, (5, 4), strict=True):
            self.review(seller, rating)
        self.story.chapter("The buyer sends something back")
        self.send_back(self.sellers[0])
        self.story.chapter("What the platform owes the sellers")
        for seller in self.sellers:
            self.look_at_the_books(seller)
        self.story.chapter("Somebody else wants to know more")
        self.ask(self.sellers[0])
        print(f"\n{self.story.steps} steps, all as they should be.")
        return 0

    def check_health(self) -> None:
        with self.story.step("The server is healthy") as tell:
            try:
                answer = requests.get(f"{self.url}/health", timeout=10)
                body = answer.json()
            except (requests.RequestException, ValueError) as error:
                raise Failure(f"nothing healthy answers at {self.url}: {error}") from error
            if answer.status_code != 200:
                raise Failure(f"the server says it is not healthy: {body}")
            tell(f"version {body['version']}")

    def open_shop(self, ware: Ware) -> None:
        client = ApiClient(self.url, f"seller of {ware.shop_name}")
        seller = Seller(client, ware)
        owner, name = f"Chủ {ware.shop_name}", f"{ware.shop_name} {self.run}"
        phone_number = self.register(client, owner)
        with self.story.step(f"Registers the shop “{name}”") as tell:
            seller.shop = client.post(
                "/seller/shops",
                {
                    "name": name,
                    "description": f"{ware.shop_name}: hàng làm tay, gửi trong ngày.",
                    "pickup_address": {
                        "recipient_name": owner,
                        "phone_number": phone_number,
                        **WAREHOUSE,
                    },
                },
                expect=201,
            )
            _expect(seller.shop["status"] == "pending", "a new shop waits for approval")
            tell("pending")
        with self.story.step("Buyers cannot see it yet"):
            ApiClient(self.url, "guest").call("GET", f"/shops/{seller.shop['slug']}", expect=404)
        self.sellers.append(seller)

    def register(self, client: ApiClient, full_name: str) -> str:
        phone_number = _phone_number()
        with self.story.step(f"{full_name} registers with a phone number") as tell:
            answer = client.post(
                "/auth/register",
                {"phone_number": phone_number, "password": PASSWORD, "full_name": full_name},
                expect=201,
            )
            tell(f"a code went to {answer['verification']['destination']}")
        with self.story.step("Enters the code from the text message"):
            code = self.mail.code_for(phone_number)
            answer = client.post(
                "/auth/verify-otp", {"phone_number": phone_number, "code": code}, expect=200
            )
            client.use_tokens(answer)
        return phone_number

    def approve_shops(self) -> None:
        browser = AdminBrowser(self.url)
        with self.story.step(f"{accounts.MODERATOR.email} signs in to /admin/"):
            browser.sign_in(accounts.MODERATOR.email, accounts.PASSWORD)
        for seller in self.sellers:
            with self.story.step(f"Approves “{seller.shop['name']}”") as tell:
                said = browser.run_action("/admin/shops/shop/", "Approve", seller.shop["id"])
                found = seller.client.get("/seller/shops/me")
                _expect(found["status"] == "approved", f"the shop is {found['status']}")
                tell(said)
        with self.story.step("Both shops are public now"):
            for seller in self.sellers:
                self.buyer.get(f"/shops/{seller.shop['slug']}")

    def offer_goods(self, seller: Seller) -> None:
        ware = seller.ware
        category = _find_category(self.buyer.get("/categories"), ware.category)
        with self.story.step(f"Offers “{ware.title}” in {category['name']}") as tell:
            seller.product = seller.client.post(
                "/seller/products",
                {
                    "title": f"{ware.title} {self.run}",
                    "category_id": category["id"],
                    "description": "Làm tay từng chiếc một.",
                    "attributes": {"origin": "Việt Nam"},
                    "status": "active",
                    "variants": [
                        {
                            "sku": f"{self.run}-{number}",
                            "name": name,
                            "price": price,
                            "attributes": {"size": name},
                            "weight_grams": 400,
                            "stock": 20,
                        }
                        for number, (name, price) in enumerate(ware.prices.items(), 1)
                    ],
                },
                expect=201,
            )
            prices = ", ".join(f"{name} {_dong(price)}" for name, price in ware.prices.items())
            tell(f"{prices}; 20 of each in stock")
        with self.story.step("Adds a picture") as tell:
            seller.client.call(
                "POST",
                f"/seller/products/{seller.product['id']}/images",
                files={"images": ("photo.png", _picture(ware.colour), "image/png")},
                expect=201,
            )
            product = self.buyer.get(f"/products/{seller.product['id']}")
            _expect(product["images"] and product["thumbnail_url"], "the picture is shown")
            picture = requests.get(_absolute(self.url, product["thumbnail_url"]), timeout=10)
            _expect(picture.status_code == 200, f"the picture answered {picture.status_code}")
            tell(f"{len(picture.content)} bytes, {picture.headers['Content-Type']}")

    def offer_voucher(self, seller: Seller) -> None:
        self.voucher_code = f"CHAO-{self.run}".upper()
        with self.story.step(f"Makes the voucher {self.voucher_code}") as tell:
            voucher = seller.client.post(
                "/seller/vouchers",
                {
                    "code": self.voucher_code.lower(),
                    "name": "Khai trương: giảm 10%",
                    "kind": "percentage",
                    "value": "10",
                    "max_discount": "20000",
                    "min_spend": "200000",
                    "per_user_limit": 1,
                    "ends_at": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
                },
                expect=201,
            )
            tell(f"{voucher['value']} % off, at most {_dong(voucher['max_discount'])}")

    def fill_guest_cart(self) -> None:
        with self.story.step("Finds both products in the catalogue") as tell:
            for seller in self.sellers:
                page = self.buyer.get("/products", params={"shop": seller.shop["id"]})
                titles = [row["title"] for row in page["results"]]
                _expect(seller.product["title"] in titles, f"the list has {titles}")
            tell("by their shops, newest first")
        with self.story.step("Opens each product's page") as tell:
            found = []
            for seller in self.sellers:
                product = self.buyer.get(f"/products/{seller.product['slug']}")
                found.append(f"{product['title']}: {_dong(product['price'])}")
                seller.product = product
            tell("; ".join(found))
        for seller, quantity in zip(self.sellers, (2, 1), strict=True):
            variant = seller.product["variants"][-1]
            what = f"Puts {quantity} × {seller.ware.title} ({variant['name']}) into the cart"
            with self.story.step(what) as tell:
                response = self.buyer.call(
                    "POST", "/cart", body={"variant_id": variant["id"], "quantity": quantity}
                )
                cart = response.json()
                token = response.headers.get("X-Cart-Token") or cart["token"]
                self.buyer.headers["X-Cart-Token"] = token
                tell(f"{cart['item_count']} items, {_dong(cart['subtotal'])}")
        with self.story.step("The cart is grouped by shop") as tell:
            cart = self.buyer.get("/cart")
            _expect(len(cart["groups"]) == 2, f"it has {len(cart['groups'])} groups")
            tell(", ".join(f"{g['shop']['name']} {_dong(g['subtotal'])}" for g in cart["groups"]))

    def register_buyer(self) -> None:
        guest_token = self.buyer.headers["X-Cart-Token"]
        person = ApiClient(self.url, "buyer")
        phone_number = self.register(person, "Nguyễn Thị Mua")
        self.buyer.headers = {"X-Cart-Token": guest_token}
        with self.story.step("Signs in") as tell:
            user = self.buyer.sign_in({"phone_number": phone_number}, PASSWORD)
            tell(f"{user['full_name']}, {', '.join(user['roles'])}")
        self.buyer_phone = phone_number
        with self.story.step("The guest's cart is theirs now") as tell:
            cart = self.buyer.get("/cart")
            _expect(cart["item_count"] == 3, f"the cart has {cart['item_count']} items")
            tell(f"{cart['item_count']} items, {_dong(cart['subtotal'])}")

    def order(self) -> None:
        with self.story.step("Saves an address") as tell:
            address = self.buyer.post(
                "/profile/addresses",
                {**HOME, "recipient_name": "Nguyễn Thị Mua", "phone_number": self.buyer_phone},
                expect=201,
            )
            tell(f"{address['line1']}, {address['district']}, {address['province']}")
        with self.story.step(f"Tries the code {self.voucher_code}") as tell:
            tried = self.buyer.post("/vouchers/validate", {"code": self.voucher_code}, expect=200)
            _expect(tried["valid"], f"it says {tried['message']}")
            tell(f"{_dong(tried['discount'])} off")
        wanted = {
            "address_id": address["id"],
            "payment_method": "COD",
            "voucher_codes": [self.voucher_code],
        }
        with self.story.step("Asks what it would cost") as tell:
            quote = self.buyer.post("/orders/quote", wanted, expect=200)
            _expect(quote["discount"] == tried["discount"], f"it takes off {quote['discount']}")
            tell(
                f"{_dong(quote['subtotal'])}, less {_dong(quote['discount'])}, and "
                f"{_dong(quote['shipping_fee'])} shipping: {_dong(quote['total'])}"
            )
        wanted["expected_total"] = quote["total"]
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        with self.story.step("Orders") as tell:
            placed = self.buyer.post("/orders", wanted, expect=201, headers=headers)
            self.orders = placed["orders"]
            _expect(len(self.orders) == 2, f"there are {len(self.orders)} orders")
            _expect(placed["checkout"]["total"] == quote["total"], "the total is the quote's")
            tell(", ".join(f"{o['number']} {_dong(o['total'])}" for o in self.orders))
        with self.story.step("Sends the same again, as a lost answer would make it") as tell:
            again = self.buyer.call("POST", "/orders", body=wanted, headers=headers, expect=201)
            _expect(again.json() == placed, "the answer is the same")
            _expect(again.headers.get("Idempotent-Replayed") == "true", "it says that it is one")
            tell("the first answer, and no second order")
        with self.story.step("The voucher is used up for this buyer") as tell:
            answer = self.buyer.post("/vouchers/validate", {"code": self.voucher_code}, expect=200)
            _expect(answer["reason"] == "limit_reached", f"it says {answer['reason']}")
            tell(answer["message"])
        with self.story.step("The cart is empty"):
            _expect(self.buyer.get("/cart")["item_count"] == 0, "nothing is left in it")
        with self.story.step("The stock is held") as tell:
            left = []
            for seller in self.sellers:
                variant = self.buyer.get(f"/products/{seller.product['id']}")["variants"][-1]
                left.append(str(variant["available"]))
            _expect(left == ["18", "19"], f"available are {left}")
            tell(f"available: {' and '.join(left)} of 20")

    def fulfil(self, seller: Seller) -> None:
        page = seller.client.get("/seller/orders")
        order = page["results"][0]
        steps: list[dict[str, str]] = [
            {"status": "confirmed"},
            {"status": "packed"},
            {
                "status": "shipped",
                "carrier": "MANUAL",
                "tracking_number": f"VN{secrets.randbelow(10**9):09d}",
            },
            {"status": "delivered"},
        ]
        for step in steps:
            with self.story.step(f"{order['shop']['name']}: {step['status']}") as tell:
                order = seller.client.patch(f"/seller/orders/{order['id']}/status", step)
                _expect(order["status"] == step["status"], f"it is {order['status']}")
                tell(" ".join(filter(None, (order["number"], step.get("tracking_number")))))
        with self.story.step("A step back is refused") as tell:
            answer = seller.client.call(
                "PATCH",
                f"/seller/orders/{order['id']}/status",
                body={"status": "confirmed"},
                expect=409,
            )
            tell(answer.json()["error"]["code"])

    def receive(self) -> None:
        for order in self.orders:
            with self.story.step(f"Confirms to have received {order['number']}") as tell:
                order = self.buyer.post(f"/orders/{order['id']}/confirm", expect=200)
                _expect(order["status"] == "completed", f"it is {order['status']}")
                _expect(order["payment_status"] == "paid", f"it is {order['payment_status']}")
                tell(f"completed, paid {_dong(order['total'])} on delivery")
        with self.story.step("Reads the timeline") as tell:
            order = self.buyer.get(f"/orders/{self.orders[0]['number']}")
            steps = [row["status"] for row in order["timeline"]]
            _expect(
                steps == ["placed", "confirmed", "packed", "shipped", "delivered", "completed"],
                f"it says {steps}",
            )
            tell(" → ".join(steps))
        with self.story.step("Has been told of every step") as tell:
            # From placed to delivered; completing them was the buyer's own step.
            news = self._news(least=5 * len(self.orders))
            tell(f"{len(news)} notifications, the last: “{news[0]['title']}”")
        with self.story.step("Marks them read") as tell:
            self.buyer.post("/notifications/read-all")
            left = self.buyer.get("/notifications", params={"unread": "true"})["results"]
            _expect(left == [], f"{len(left)} are unread still")
            tell("none is unread")

    def review(self, seller: Seller, rating: int) -> None:
        product_id = seller.product["id"]
        order = next(o for o in self.orders if o["shop"]["id"] == seller.shop["id"])
        body = {"product_id": product_id, "order_id": order["id"], "rating": str(rating)}
        with self.story.step(f"Gives {seller.ware.title} {rating} stars, with a photo") as tell:
            review = self.buyer.call(
                "POST",
                "/reviews",
                data={**body, "title": "Đúng mô tả", "content": "Gói kỹ, đẹp hơn trong ảnh."},
                files={"images": ("photo.png", _picture(seller.ware.colour), "image/png")},
                expect=201,
            ).json()
            _expect(len(review["images"]) == 1, "the photo is there")
            tell(f"“{review['title']}” by {review['author_name']}")
        with self.story.step("A second one of the same purchase is refused") as tell:
            answer = self.buyer.call("POST", "/reviews", body={**body, "rating": 1}, expect=409)
            tell(answer.json()["error"]["code"])
        with self.story.step("The product and the shop are rated by it") as tell:
            product = self.buyer.get(f"/products/{product_id}")
            shop = self.buyer.get(f"/shops/{seller.shop['slug']}")
            for rated in (product, shop):
                found = (rated["average_rating"], rated["review_count"])
                _expect(found == (rating, 1), f"it is {found}")
            page = self.buyer.get(f"/products/{product_id}/reviews", params={"with_images": "true"})
            _expect(page["histogram"][str(rating)] == 1, f"the histogram is {page['histogram']}")
            tell(f"{product['average_rating']:.1f} of {product['review_count']} review")
        with self.story.step("The shop replies") as tell:
            waiting = seller.client.get("/seller/reviews", params={"unanswered": "true"})["results"]
            replied = seller.client.post(
                f"/seller/reviews/{waiting[0]['id']}/reply", {"content": "Cảm ơn bạn nhiều!"}
            )
            shown = self.buyer.get(f"/products/{product_id}/reviews")["results"][0]
            _expect(shown["reply"] == replied["reply"], f"the page has {shown['reply']}")
            tell(f"“{shown['reply']['content']}”")

    def send_back(self, seller: Seller) -> None:
        order = next(o for o in self.orders if o["shop"]["id"] == seller.shop["id"])
        item = order["items"][0]
        units = [{"order_item_id": item["id"], "quantity": 1}]
        with self.story.step(f"Asks to return one {seller.ware.title}, with a photo") as tell:
            returned = self.buyer.call(
                "POST",
                f"/orders/{order['number']}/returns",
                data={"items": json.dumps(units), "reason": "damaged", "comment": "Bị nứt miệng."},
                files={"images": ("photo.png", _picture(seller.ware.colour), "image/png")},
                expect=201,
            ).json()
            _expect(len(returned["photos"]) == 1, "the photo is there")
            tell(f"the shop answers before {returned['deadline_at'][:10]}, or it is approved")
        with self.story.step("More units than are left are refused") as tell:
            answer = self.buyer.call(
                "POST",
                f"/orders/{order['id']}/returns",
                body={"items": [{**units[0], "quantity": 2}], "reason": "damaged"},
                expect=409,
            )
            tell(answer.json()["error"]["code"])
        path = f"/seller/returns/{returned['id']}"
        with self.story.step("The shop approves") as tell:
            seller.client.patch(path, {"status": "approved", "reason": "Xin lỗi bạn."})
            send_to = self.buyer.get(f"/returns/{returned['id']}")["send_to"]
            tell(f"to {send_to['line1']}, {send_to['district']}")
        with self.story.step("The shop has it back, and the money follows") as tell:
            received = seller.client.patch(path, {"status": "received"})
            refund = received["refund"]
            _expect(refund["status"] == "pending", f"the refund is {refund['status']}")
            variant = self.buyer.get(f"/products/{seller.product['id']}")["variants"][-1]
            _expect(variant["available"] == 19, f"available are {variant['available']}")
            tell(f"{_dong(refund['amount'])}, to be sent by hand: it was cash; 19 on the shelf")
        with self.story.step("The order shows it") as tell:
            seen = self.buyer.get(f"/orders/{order['number']}")
            _expect(seen["refunds"][0]["id"] == refund["id"], "its refund is there")
            tell(" → ".join(row["status"] for row in seen["returns"][0]["timeline"]))

    def look_at_the_books(self, seller: Seller) -> None:
        with self.story.step(f"{seller.shop['name']} looks at its balance") as tell:
            balance = seller.client.get("/seller/balance")
            entries = seller.client.get("/seller/ledger")["results"]
            owed = sum(Decimal(balance[name]) for name in ("pending", "available", "on_hold"))
            _expect(owed == sum(Decimal(row["amount"]) for row in entries), f"it is {balance}")
            steps = ", ".join(f"{row['kind']} {_dong(row['amount'])}" for row in entries[::-1])
            tell(
                f"{_dong(balance['pending'])} not yet due, {_dong(balance['on_hold'])} on hold: "
                f"{steps}"
            )

        with self.story.step(f"{seller.shop['name']} looks at its standing") as tell:
            standing = seller.client.get("/seller/standing")
            late = [row for row in standing["measures"] if row["measure"].startswith("late_")]
            _expect(all(row["of"] > 0 for row in late[:2]), f"it is {standing['measures']}")
            tell(", ".join(f"{row['measure']} {row['count']} of {row['of']}" for row in late))

    def ask(self, seller: Seller) -> None:
        path = f"/products/{seller.product['id']}/questions"
        with self.story.step(f"The other seller asks about {seller.ware.title}") as tell:
            question = self.sellers[1].client.post(
                path, {"content": "Lọ này có đựng nước được không?"}, expect=201
            )
            tell(f"“{question['content']}”")
        with self.story.step("The shop answers, for everybody to read") as tell:
            seller.client.post(
                f"/seller/questions/{question['id']}/answer", {"content": "Dạ được, không rỉ ạ."}
            )
            shown = self.buyer.get(path)["results"][0]
            _expect(shown["answer"] is not None, "the answer is shown")
            tell(f"“{shown['answer']['content']}”")

    def _news(self, *, least: int) -> list[Any]:
        """Return the buyer's notifications, once there are so many: a worker writes them."""
        deadline = time.monotonic() + NEWS_SECONDS
        while True:
            news: list[Any] = self.buyer.get("/notifications", params={"limit": 50})["results"]
            if len(news) >= least:
                return news
            if time.monotonic() > deadline:
                raise Failure(
                    f"{len(news)} notifications after {NEWS_SECONDS} s, not {least}: "
                    "is a worker running?"
                )
            time.sleep(0.3)


def main() -> int:
    arguments = _arguments()
    walk = Walk(arguments.url.rstrip("/"), arguments.data_dir)
    try:
        return walk.main()
    except Failure as failure:
        print(f"\nFailed: {failure}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/demo", description="Walk through a purchase over two shops on a running server."
    )
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}",
        help="where the server is (default: %(default)s)",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(os.environ.get("DATA_DIR") or ROOT / "var"),
        help="the server's DATA_DIR, where text messages are written (default: %(default)s)",
    )
    return parser.parse_args()


def _expect(condition: object, what: str) -> None:
    if not condition:
        raise Failure(f"expected otherwise: {what}")


def _phone_number() -> str:
    return f"+8498{secrets.randbelow(10**7):07d}"


def _dong(amount: str) -> str:
    return f"{int(amount.partition('.')[0]):,} ₫".replace(",", ".")


def _picture(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 640), colour).save(buffer, "PNG")
    return buffer.getvalue()


def _absolute(base: str, url: str) -> str:
    return url if url.startswith("http") else base + url


def _find_category(tree: list[Any], name: str) -> Any:
    """Return the category of this name, or else any that has none below it."""
    leaf = None
    waiting = list(tree)
    while waiting:
        category = waiting.pop()
        if category["name"] == name:
            return category
        waiting += category["children"]
        leaf = category if not category["children"] else leaf
    if leaf is None:
        raise Failure("there is no category to put goods into: run manage.py seed_demo")
    return leaf


if __name__ == "__main__":
    sys.exit(main())
