"""Takes the walk and tells it, step by step."""

import argparse
import os
import sys
from pathlib import Path

from marketplace.demo.client import Failure
from marketplace.demo.walk.afterwards import (
    ask_question,
    look_at_the_books,
    return_item,
    review_product,
)
from marketplace.demo.walk.buying import fill_guest_cart, place_orders, register_buyer
from marketplace.demo.walk.fulfilling import confirm_receipt, fulfil_order
from marketplace.demo.walk.offering import offer_goods, offer_voucher
from marketplace.demo.walk.opening import approve_shops, check_health, open_shop
from marketplace.demo.walk.stage import WARES, Walk

ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    arguments = _arguments()
    walk = Walk(arguments.url.rstrip("/"), arguments.data_dir)
    try:
        walk_through(walk)
    except Failure as failure:
        print(f"\nFailed: {failure}", file=sys.stderr)
        return 1
    return 0


def walk_through(walk: Walk) -> None:
    print(f"A purchase over two shops at {walk.url}")
    check_health(walk)
    walk.story.chapter("Two sellers open a shop")
    for ware in WARES:
        open_shop(walk, ware)
    walk.story.chapter("Staff look at the shops in the admin")
    approve_shops(walk)
    walk.story.chapter("The sellers put up their goods")
    for seller in walk.sellers:
        offer_goods(walk, seller)
    offer_voucher(walk, walk.sellers[0])
    walk.story.chapter("A buyer looks around as a guest")
    fill_guest_cart(walk)
    walk.story.chapter("The buyer registers, and the cart comes along")
    register_buyer(walk)
    walk.story.chapter("The buyer orders, to be paid on delivery")
    place_orders(walk)
    walk.story.chapter("The sellers fulfil their orders")
    for seller in walk.sellers:
        fulfil_order(walk, seller)
    walk.story.chapter("The buyer has everything")
    confirm_receipt(walk)
    walk.story.chapter("The buyer says what it was like, and the shops reply")
    for seller, rating in zip(walk.sellers, (5, 4), strict=True):
        review_product(walk, seller, rating)
    walk.story.chapter("The buyer sends something back")
    return_item(walk, walk.sellers[0])
    walk.story.chapter("What the platform owes the sellers")
    for seller in walk.sellers:
        look_at_the_books(walk, seller)
    walk.story.chapter("Somebody else wants to know more")
    ask_question(walk, walk.sellers[0])
    print(f"\n{walk.story.steps} steps, all as they should be.")


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


if __name__ == "__main__":
    sys.exit(main())
