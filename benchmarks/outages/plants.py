"""Damage done on purpose, so that the verdict is seen to find it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.outages.buyers import Book, Wish

# What follows from an order has happened by then.
SETTLED_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Plant:
    """`finding` is how begins what the verdict has to say of it; `do` says what it damaged."""

    name: str
    what: str
    finding: str
    is_of_invariant: bool
    do: Callable[[Book], str]


def _lose_order(book: Book) -> str:
    """Take away an order for cash as a commit that never reached the disk would have."""
    from django.db import connection, transaction

    wish = _acknowledged(book)
    time.sleep(SETTLED_SECONDS)
    with transaction.atomic(), connection.cursor() as cursor:
        # Neither references nor guards of histories are in the way then.
        cursor.execute("SET LOCAL session_replication_role = replica")
        orders = "SELECT id FROM orders_order WHERE checkout_id = %s"
        cursor.execute(
            f"DELETE FROM orders_orderitem WHERE order_id IN ({orders})", [wish.checkout_id]
        )
        cursor.execute("DELETE FROM orders_order WHERE checkout_id = %s", [wish.checkout_id])
    return f"the order of {wish.key}, {', '.join(wish.numbers)}"


def _make_stock(book: Book) -> str:
    """Have one unit more than all movements of a variant add up to."""
    from django.db import connection

    variant_id = _acknowledged(book).body["items"][0]["variant_id"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_stockitem SET on_hand = on_hand + 1 WHERE variant_id = %s",
            [variant_id],
        )
    return f"the stock of {variant_id}"


def _acknowledged(book: Book) -> Wish:
    """Return the first order for cash that a client was promised."""
    while True:
        for wish in book.acknowledged:
            if wish.body["payment_method"] == "COD":
                return wish
        time.sleep(0.5)


PLANTS: Final = (
    Plant(
        "lost-order",
        "deletes an order for cash that a client has its 201 of",
        "an acknowledged order is not there as it was acknowledged",
        False,
        _lose_order,
    ),
    Plant(
        "stock",
        "adds a unit to a variant's stock that nobody delivered",
        "What lies on the shelf is the sum of its movements",
        True,
        _make_stock,
    ),
)
