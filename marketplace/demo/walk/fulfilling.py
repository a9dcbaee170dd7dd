"""The sellers send what was ordered, and the buyer has everything."""

import secrets
import time
from typing import Any

from marketplace.demo.client import Failure
from marketplace.demo.walk.stage import Seller, Walk, dong, expect

NEWS_SECONDS = 30


def fulfil_order(walk: Walk, seller: Seller) -> None:
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
        with walk.story.step(f"{order['shop']['name']}: {step['status']}") as tell:
            order = seller.client.patch(f"/seller/orders/{order['id']}/status", step)
            expect(order["status"] == step["status"], f"it is {order['status']}")
            tell(" ".join(filter(None, (order["number"], step.get("tracking_number")))))
    with walk.story.step("A step back is refused") as tell:
        answer = seller.client.call(
            "PATCH",
            f"/seller/orders/{order['id']}/status",
            body={"status": "confirmed"},
            expect=409,
        )
        tell(answer.json()["error"]["code"])


def confirm_receipt(walk: Walk) -> None:
    for order in walk.orders:
        with walk.story.step(f"Confirms to have received {order['number']}") as tell:
            order = walk.buyer.post(f"/orders/{order['id']}/confirm", expect=200)
            expect(order["status"] == "completed", f"it is {order['status']}")
            expect(order["payment_status"] == "paid", f"it is {order['payment_status']}")
            tell(f"completed, paid {dong(order['total'])} on delivery")
    with walk.story.step("Reads the timeline") as tell:
        order = walk.buyer.get(f"/orders/{walk.orders[0]['number']}")
        steps = [row["status"] for row in order["timeline"]]
        expect(
            steps == ["placed", "confirmed", "packed", "shipped", "delivered", "completed"],
            f"it says {steps}",
        )
        tell(" → ".join(steps))
    with walk.story.step("Has been told of every step") as tell:
        # From placed to delivered; completing them was the buyer's own step.
        news = _news(walk, least=5 * len(walk.orders))
        tell(f"{len(news)} notifications, the last: “{news[0]['title']}”")
    with walk.story.step("Marks them read") as tell:
        walk.buyer.post("/notifications/read-all")
        left = walk.buyer.get("/notifications", params={"unread": "true"})["results"]
        expect(left == [], f"{len(left)} are unread still")
        tell("none is unread")


def _news(walk: Walk, *, least: int) -> list[Any]:
    """Return the buyer's notifications, once there are so many: a worker writes them."""
    deadline = time.monotonic() + NEWS_SECONDS
    while True:
        news: list[Any] = walk.buyer.get("/notifications", params={"limit": 50})["results"]
        if len(news) >= least:
            return news
        if time.monotonic() > deadline:
            raise Failure(
                f"{len(news)} notifications after {NEWS_SECONDS} s, not {least}: "
                "is a worker running?"
            )
        time.sleep(0.3)
