"""What follows a purchase: reviews, a return, the sellers' money, questions."""

import json
from decimal import Decimal

from marketplace.demo.walk.stage import Seller, Walk, dong, draw_picture, expect


def review_product(walk: Walk, seller: Seller, rating: int) -> None:
    product_id = seller.product["id"]
    order = next(o for o in walk.orders if o["shop"]["id"] == seller.shop["id"])
    body = {"product_id": product_id, "order_id": order["id"], "rating": str(rating)}
    with walk.story.step(f"Gives {seller.ware.title} {rating} stars, with a photo") as tell:
        review = walk.buyer.call(
            "POST",
            "/reviews",
            data={**body, "title": "Đúng mô tả", "content": "Gói kỹ, đẹp hơn trong ảnh."},
            files={"images": ("photo.png", draw_picture(seller.ware.colour), "image/png")},
            expect=201,
        ).json()
        expect(len(review["images"]) == 1, "the photo is there")
        tell(f"“{review['title']}” by {review['author_name']}")
    with walk.story.step("A second one of the same purchase is refused") as tell:
        answer = walk.buyer.call("POST", "/reviews", body={**body, "rating": 1}, expect=409)
        tell(answer.json()["error"]["code"])
    with walk.story.step("The product and the shop are rated by it") as tell:
        product = walk.buyer.get(f"/products/{product_id}")
        shop = walk.buyer.get(f"/shops/{seller.shop['slug']}")
        for rated in (product, shop):
            found = (rated["average_rating"], rated["review_count"])
            expect(found == (rating, 1), f"it is {found}")
        page = walk.buyer.get(f"/products/{product_id}/reviews", params={"with_images": "true"})
        expect(page["histogram"][str(rating)] == 1, f"the histogram is {page['histogram']}")
        tell(f"{product['average_rating']:.1f} of {product['review_count']} review")
    with walk.story.step("The shop replies") as tell:
        waiting = seller.client.get("/seller/reviews", params={"unanswered": "true"})["results"]
        replied = seller.client.post(
            f"/seller/reviews/{waiting[0]['id']}/reply", {"content": "Cảm ơn bạn nhiều!"}
        )
        shown = walk.buyer.get(f"/products/{product_id}/reviews")["results"][0]
        expect(shown["reply"] == replied["reply"], f"the page has {shown['reply']}")
        tell(f"“{shown['reply']['content']}”")


def return_item(walk: Walk, seller: Seller) -> None:
    order = next(o for o in walk.orders if o["shop"]["id"] == seller.shop["id"])
    item = order["items"][0]
    units = [{"order_item_id": item["id"], "quantity": 1}]
    with walk.story.step(f"Asks to return one {seller.ware.title}, with a photo") as tell:
        returned = walk.buyer.call(
            "POST",
            f"/orders/{order['number']}/returns",
            data={"items": json.dumps(units), "reason": "damaged", "comment": "Bị nứt miệng."},
            files={"images": ("photo.png", draw_picture(seller.ware.colour), "image/png")},
            expect=201,
        ).json()
        expect(len(returned["photos"]) == 1, "the photo is there")
        tell(f"the shop answers before {returned['deadline_at'][:10]}, or it is approved")
    with walk.story.step("More units than are left are refused") as tell:
        answer = walk.buyer.call(
            "POST",
            f"/orders/{order['id']}/returns",
            body={"items": [{**units[0], "quantity": 2}], "reason": "damaged"},
            expect=409,
        )
        tell(answer.json()["error"]["code"])
    path = f"/seller/returns/{returned['id']}"
    with walk.story.step("The shop approves") as tell:
        seller.client.patch(path, {"status": "approved", "reason": "Xin lỗi bạn."})
        send_to = walk.buyer.get(f"/returns/{returned['id']}")["send_to"]
        tell(f"to {send_to['line1']}, {send_to['district']}")
    with walk.story.step("The shop has it back, and the money follows") as tell:
        received = seller.client.patch(path, {"status": "received"})
        refund = received["refund"]
        expect(refund["status"] == "pending", f"the refund is {refund['status']}")
        variant = walk.buyer.get(f"/products/{seller.product['id']}")["variants"][-1]
        expect(variant["available"] == 19, f"available are {variant['available']}")
        tell(f"{dong(refund['amount'])}, to be sent by hand: it was cash; 19 on the shelf")
    with walk.story.step("The order shows it") as tell:
        seen = walk.buyer.get(f"/orders/{order['number']}")
        expect(seen["refunds"][0]["id"] == refund["id"], "its refund is there")
        tell(" → ".join(row["status"] for row in seen["returns"][0]["timeline"]))


def look_at_the_books(walk: Walk, seller: Seller) -> None:
    with walk.story.step(f"{seller.shop['name']} looks at its balance") as tell:
        balance = seller.client.get("/seller/balance")
        entries = seller.client.get("/seller/ledger")["results"]
        owed = sum(Decimal(balance[name]) for name in ("pending", "available", "on_hold"))
        expect(owed == sum(Decimal(row["amount"]) for row in entries), f"it is {balance}")
        steps = ", ".join(f"{row['kind']} {dong(row['amount'])}" for row in entries[::-1])
        tell(f"{dong(balance['pending'])} not yet due, {dong(balance['on_hold'])} on hold: {steps}")

    with walk.story.step(f"{seller.shop['name']} looks at its standing") as tell:
        standing = seller.client.get("/seller/standing")
        late = [row for row in standing["measures"] if row["measure"].startswith("late_")]
        expect(all(row["of"] > 0 for row in late[:2]), f"it is {standing['measures']}")
        tell(", ".join(f"{row['measure']} {row['count']} of {row['of']}" for row in late))


def ask_question(walk: Walk, seller: Seller) -> None:
    path = f"/products/{seller.product['id']}/questions"
    with walk.story.step(f"The other seller asks about {seller.ware.title}") as tell:
        question = walk.sellers[1].client.post(
            path, {"content": "Lọ này có đựng nước được không?"}, expect=201
        )
        tell(f"“{question['content']}”")
    with walk.story.step("The shop answers, for everybody to read") as tell:
        seller.client.post(
            f"/seller/questions/{question['id']}/answer", {"content": "Dạ được, không rỉ ạ."}
        )
        shown = walk.buyer.get(path)["results"][0]
        expect(shown["answer"] is not None, "the answer is shown")
        tell(f"“{shown['answer']['content']}”")
