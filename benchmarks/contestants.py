"""What is measured: each contestant is a file of thousands of different requests."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

PRODUCTS_READ = 5_000
SEED = 20_261_121


@dataclass(frozen=True)
class Contestant:
    """`twin` is the contestant that it is compared with, besides the no-op."""

    name: str
    lines: Callable[[], Iterator[str]]
    twin: str | None = None
    # Through `marketplace.edge`, as production serves; all others go to Django itself.
    is_cached: bool = False


def _get(path: str) -> str:
    return f"GET\t{path}\t\t"


def _noop() -> Iterator[str]:
    yield _get("/bench/noop")


def _list() -> Iterator[str]:
    yield _get("/api/v1/products?limit=20")


def _unchanged() -> Iterator[str]:
    """Ask for a list that has not changed; `*` stands for the tag of whatever there is."""
    yield "GET\t/api/v1/products?limit=20\t*\t"


def _plain_list() -> Iterator[str]:
    yield _get("/bench/products")


def _product_ids() -> list[Any]:
    from catalog.models import Product

    ids = list(Product.objects.public().values_list("id", flat=True).order_by("id"))
    return random.Random(SEED).sample(ids, min(PRODUCTS_READ, len(ids)))


def _detail() -> Iterator[str]:
    return (_get(f"/api/v1/products/{pk}") for pk in _product_ids())


def _plain_detail() -> Iterator[str]:
    return (_get(f"/bench/products/{pk}") for pk in _product_ids())


def _filtered() -> Iterator[str]:
    """Ask for lists as people narrow them: a category, a price, an attribute, an order."""
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
        yield _get(f"/api/v1/products?ordering={ordering}&{'&'.join(dice.sample(query, 2))}")


def _search() -> Iterator[str]:
    from catalog.models import Product

    dice = random.Random(SEED)
    titles = list(Product.objects.public().values_list("title", flat=True)[:PRODUCTS_READ])
    for title in titles:
        words = title.split()
        yield _get(f"/api/v1/products/search?q={quote(' '.join(dice.sample(words, 2)))}")


def _suggest() -> Iterator[str]:
    """Type titles letter by letter: two letters or more."""
    from catalog.models import Product

    dice = random.Random(SEED)
    titles = list(Product.objects.public().values_list("title", flat=True)[:PRODUCTS_READ])
    for title in titles:
        yield _get(f"/api/v1/products/suggest?q={quote(title[: dice.randrange(2, 16)])}")


def _checkout() -> Iterator[str]:
    """Order two items of two shops, cash on delivery, as one of many buyers."""
    from accounts.models import Session
    from accounts.tokens import token_pair
    from catalog.models import ProductVariant

    dice = random.Random(SEED)
    variants: dict[Any, list[Any]] = {}
    rows = ProductVariant.objects.sellable().filter(product__in=_product_ids())
    for shop_id, variant_id in rows.values_list("shop_id", "id").order_by("id"):
        variants.setdefault(shop_id, []).append(variant_id)
    buyers = [
        (token_pair(session)["access"], session.user.addresses.get().pk)
        for session in Session.objects.select_related("user").order_by("id")
    ]
    for n in range(5_000):
        token, address_id = buyers[n % len(buyers)]
        body = {
            "items": [
                {"variant_id": dice.choice(variants[shop_id]), "quantity": 1}
                for shop_id in dice.sample(list(variants), 2)
            ],
            "address_id": address_id,
            "payment_method": "COD",
        }
        yield f"POST\t/api/v1/orders\t{token}\t{orjson.dumps(body).decode()}"


CONTESTANTS = (
    Contestant("noop", _noop),
    Contestant("list", _list, twin="list-plain"),
    Contestant("list-plain", _plain_list),
    Contestant("list-cached", _list, twin="list-plain", is_cached=True),
    Contestant("list-304", _unchanged, twin="list-plain", is_cached=True),
    Contestant("detail", _detail, twin="detail-plain"),
    Contestant("detail-cached", _detail, twin="detail-plain", is_cached=True),
    Contestant("detail-plain", _plain_detail),
    Contestant("filtered", _filtered, twin="list-plain"),
    Contestant("search", _search, twin="list-plain"),
    Contestant("suggest", _suggest),
    Contestant("checkout", _checkout),
)
