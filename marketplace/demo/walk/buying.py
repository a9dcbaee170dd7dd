"""The buyer fills a cart as a guest, registers and orders."""

import secrets

from marketplace.demo.client import ApiClient
from marketplace.demo.walk.opening import PASSWORD, register
from marketplace.demo.walk.stage import Walk, dong, expect

HOME = {
    "kind": "shipping",
    "line1": "12 Nguyễn Huệ",
    "ward": "Bến Nghé",
    "district": "Quận 1",
    "province": "Hồ Chí Minh",
    "country": "VN",
}


def fill_guest_cart(walk: Walk) -> None:
    with walk.story.step("Finds both products in the catalogue") as tell:
        for seller in walk.sellers:
            page = walk.buyer.get("/products", params={"shop": seller.shop["id"]})
            titles = [row["title"] for row in page["results"]]
            expect(seller.product["title"] in titles, f"the list has {titles}")
        tell("by their shops, newest first")
    with walk.story.step("Opens each product's page") as tell:
        found = []
        for seller in walk.sellers:
            product = walk.buyer.get(f"/products/{seller.product['slug']}")
            found.append(f"{product['title']}: {dong(product['price'])}")
            seller.product = product
        tell("; ".join(found))
    for seller, quantity in zip(walk.sellers, (2, 1), strict=True):
        variant = seller.product["variants"][-1]
        what = f"Puts {quantity} × {seller.ware.title} ({variant['name']}) into the cart"
        with walk.story.step(what) as tell:
            response = walk.buyer.call(
                "POST", "/cart", body={"variant_id": variant["id"], "quantity": quantity}
            )
            cart = response.json()
            token = response.headers.get("X-Cart-Token") or cart["token"]
            walk.buyer.headers["X-Cart-Token"] = token
            tell(f"{cart['item_count']} items, {dong(cart['subtotal'])}")
    with walk.story.step("The cart is grouped by shop") as tell:
        cart = walk.buyer.get("/cart")
        expect(len(cart["groups"]) == 2, f"it has {len(cart['groups'])} groups")
        tell(", ".join(f"{g['shop']['name']} {dong(g['subtotal'])}" for g in cart["groups"]))


def register_buyer(walk: Walk) -> None:
    guest_token = walk.buyer.headers["X-Cart-Token"]
    person = ApiClient(walk.url, "buyer")
    phone_number = register(walk, person, "Nguyễn Thị Mua")
    walk.buyer.headers = {"X-Cart-Token": guest_token}
    with walk.story.step("Signs in") as tell:
        user = walk.buyer.sign_in({"phone_number": phone_number}, PASSWORD)
        tell(f"{user['full_name']}, {', '.join(user['roles'])}")
    walk.buyer_phone = phone_number
    with walk.story.step("The guest's cart is theirs now") as tell:
        cart = walk.buyer.get("/cart")
        expect(cart["item_count"] == 3, f"the cart has {cart['item_count']} items")
        tell(f"{cart['item_count']} items, {dong(cart['subtotal'])}")


def place_orders(walk: Walk) -> None:
    with walk.story.step("Saves an address") as tell:
        address = walk.buyer.post(
            "/profile/addresses",
            {**HOME, "recipient_name": "Nguyễn Thị Mua", "phone_number": walk.buyer_phone},
            expect=201,
        )
        tell(f"{address['line1']}, {address['district']}, {address['province']}")
    with walk.story.step(f"Tries the code {walk.voucher_code}") as tell:
        tried = walk.buyer.post("/vouchers/validate", {"code": walk.voucher_code}, expect=200)
        expect(tried["valid"], f"it says {tried['message']}")
        tell(f"{dong(tried['discount'])} off")
    wanted = {
        "address_id": address["id"],
        "payment_method": "COD",
        "voucher_codes": [walk.voucher_code],
    }
    with walk.story.step("Asks what it would cost") as tell:
        quote = walk.buyer.post("/orders/quote", wanted, expect=200)
        expect(quote["discount"] == tried["discount"], f"it takes off {quote['discount']}")
        tell(
            f"{dong(quote['subtotal'])}, less {dong(quote['discount'])}, and "
            f"{dong(quote['shipping_fee'])} shipping: {dong(quote['total'])}"
        )
    wanted["expected_total"] = quote["total"]
    headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
    with walk.story.step("Orders") as tell:
        placed = walk.buyer.post("/orders", wanted, expect=201, headers=headers)
        walk.orders = placed["orders"]
        expect(len(walk.orders) == 2, f"there are {len(walk.orders)} orders")
        expect(placed["checkout"]["total"] == quote["total"], "the total is the quote's")
        tell(", ".join(f"{o['number']} {dong(o['total'])}" for o in walk.orders))
    with walk.story.step("Sends the same again, as a lost answer would make it") as tell:
        again = walk.buyer.call("POST", "/orders", body=wanted, headers=headers, expect=201)
        expect(again.json() == placed, "the answer is the same")
        expect(again.headers.get("Idempotent-Replayed") == "true", "it says that it is one")
        tell("the first answer, and no second order")
    with walk.story.step("The voucher is used up for this buyer") as tell:
        answer = walk.buyer.post("/vouchers/validate", {"code": walk.voucher_code}, expect=200)
        expect(answer["reason"] == "limit_reached", f"it says {answer['reason']}")
        tell(answer["message"])
    with walk.story.step("The cart is empty"):
        expect(walk.buyer.get("/cart")["item_count"] == 0, "nothing is left in it")
    with walk.story.step("The stock is held") as tell:
        left = []
        for seller in walk.sellers:
            variant = walk.buyer.get(f"/products/{seller.product['id']}")["variants"][-1]
            left.append(str(variant["available"]))
        expect(left == ["18", "19"], f"available are {left}")
        tell(f"available: {' and '.join(left)} of 20")
