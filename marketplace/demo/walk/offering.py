"""The sellers put up goods, pictures and a voucher."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from marketplace.demo.client import Failure
from marketplace.demo.walk.stage import Seller, Walk, dong, draw_picture, expect


def offer_goods(walk: Walk, seller: Seller) -> None:
    ware = seller.ware
    category = _find_category(walk.buyer.get("/categories"), ware.category)
    with walk.story.step(f"Offers “{ware.title}” in {category['name']}") as tell:
        seller.product = seller.client.post(
            "/seller/products",
            {
                "title": f"{ware.title} {walk.run}",
                "category_id": category["id"],
                "description": "Làm tay từng chiếc một.",
                "attributes": {"origin": "Việt Nam"},
                "status": "active",
                "variants": [
                    {
                        "sku": f"{walk.run}-{number}",
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
        prices = ", ".join(f"{name} {dong(price)}" for name, price in ware.prices.items())
        tell(f"{prices}; 20 of each in stock")
    with walk.story.step("Adds a picture") as tell:
        seller.client.call(
            "POST",
            f"/seller/products/{seller.product['id']}/images",
            files={"images": ("photo.png", draw_picture(ware.colour), "image/png")},
            expect=201,
        )
        product = walk.buyer.get(f"/products/{seller.product['id']}")
        expect(product["images"] and product["thumbnail_url"], "the picture is shown")
        picture = requests.get(_absolute(walk.url, product["thumbnail_url"]), timeout=10)
        expect(picture.status_code == 200, f"the picture answered {picture.status_code}")
        tell(f"{len(picture.content)} bytes, {picture.headers['Content-Type']}")


def offer_voucher(walk: Walk, seller: Seller) -> None:
    walk.voucher_code = f"CHAO-{walk.run}".upper()
    with walk.story.step(f"Makes the voucher {walk.voucher_code}") as tell:
        voucher = seller.client.post(
            "/seller/vouchers",
            {
                "code": walk.voucher_code.lower(),
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
        tell(f"{voucher['value']} % off, at most {dong(voucher['max_discount'])}")


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
