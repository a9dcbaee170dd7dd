"""Real and varied requests, thousands for each contestant: `METHOD<TAB>path<TAB>token<TAB>body`."""

import random
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import orjson

PRODUCTS_READ = 5_000
# So few that all of them are made anew within the warm-up before each turn.
PRODUCTS_CACHED = 1_000
ORDERS = 4_000
SEED = 20_261_121


def get(path: str) -> str:
    return f"GET\t{path}\t\t"


def _post(path: str, token: str, body: Any) -> str:
    return f"POST\t{path}\t{token}\t{orjson.dumps(body).decode()}"


def _public() -> Any:
    from catalog.models import Product

    return Product.objects.public().order_by("id")


def product_ids(count: int = PRODUCTS_READ) -> list[Any]:
    ids = list(_public().values_list("id", flat=True))
    return random.Random(SEED).sample(ids, min(count, len(ids)))


def _titles() -> list[str]:
    titles = list(_public().values_list("title", flat=True))
    return random.Random(SEED).sample(titles, min(PRODUCTS_READ, len(titles)))


def details(path: str, count: int = PRODUCTS_READ) -> Iterator[str]:
    return (get(f"{path}/{pk}") for pk in product_ids(count))


def filtered(path: str) -> Iterator[str]:
    """Ask for lists as people narrow them: two of category, price and attribute, in every order."""
    from catalog.models import Category

    dice = random.Random(SEED)
    slugs = list(Category.objects.values_list("slug", flat=True).order_by("slug"))
    for _ in range(2_000):
        low = dice.randrange(20, 1500) * 1000
        query = [
            f"category={dice.choice(slugs)}",
            f"min_price={low}&max_price={low + 400_000}",
            f"attr.{quote('màu')}={quote(dice.choice(['đỏ', 'xanh', 'đen']))}",
        ]
        ordering = dice.choice(["newest", "price", "-price", "rating", "popular"])
        yield get(f"{path}?ordering={ordering}&{'&'.join(dice.sample(query, 2))}")


def searches(path: str) -> Iterator[str]:
    """Search for two words of a title: from a handful of matches to thousands."""
    dice = random.Random(SEED)
    for title in _titles():
        yield get(f"{path}?q={quote(' '.join(dice.sample(title.split(), 2)))}")


def typed(path: str) -> Iterator[str]:
    """Type titles letter by letter: two letters or more."""
    dice = random.Random(SEED)
    for title in _titles():
        yield get(f"{path}?q={quote(title[: dice.randrange(2, 16)])}")


@cache
def _buyers() -> list[tuple[str, str]]:
    """Return an access token and an address for each of the buyers, however often signed in."""
    from accounts.models import Session
    from accounts.tokens import token_pair

    sessions = Session.objects.select_related("user").order_by("user_id", "id").distinct("user_id")
    return [(token_pair(row)["access"], str(row.user.addresses.get().pk)) for row in sessions]


@cache
def _variants_by_shop() -> dict[Any, list[str]]:
    from catalog.models import ProductVariant

    variants: dict[Any, list[str]] = {}
    rows = ProductVariant.objects.sellable().filter(product__in=product_ids())
    for shop_id, variant_id in rows.values_list("shop_id", "id").order_by("id"):
        variants.setdefault(shop_id, []).append(str(variant_id))
    return variants


def checkouts(*, shops: int = 2, items: int = 2, is_hot: bool = False) -> Iterator[str]:
    """Order items of some shops, cash on delivery; `is_hot` has one variant in every order."""
    dice = random.Random(SEED)
    variants = _variants_by_shop()
    buyers = _buyers()
    hot_shop = min(variants, key=str)
    for n in range(ORDERS):
        token, address_id = buyers[n % len(buyers)]
        chosen = dice.sample([shop for shop in variants if shop != hot_shop], shops)
        bought = [dice.choice(variants[chosen[index % shops]]) for index in range(items)]
        if is_hot:
            bought[0] = variants[hot_shop][0]
        body = {
            "items": [{"variant_id": variant_id, "quantity": 1} for variant_id in bought],
            "address_id": address_id,
            "payment_method": "COD",
        }
        yield _post("/api/v1/orders", token, body)


FLOW_STEPS = 3


def flows() -> Iterator[str]:
    """Put two items into the cart and order it, all buyers side by side.

    The steps of one buyer lie 200 requests apart, so that 16 connections keep their order.
    """
    dice = random.Random(SEED)
    variants = _variants_by_shop()
    buyers = _buyers()
    for _ in range(ORDERS // len(buyers)):
        carts = [dice.sample(list(variants), 2) for _ in buyers]
        for item in range(2):
            for (token, _), shops in zip(buyers, carts, strict=True):
                variant_id = dice.choice(variants[shops[item]])
                yield _post("/api/v1/cart", token, {"variant_id": variant_id, "quantity": 1})
        for token, address_id in buyers:
            yield _post(
                "/api/v1/orders", token, {"address_id": address_id, "payment_method": "COD"}
            )
