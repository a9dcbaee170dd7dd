"""What is measured, in the order of the turns, and what each of them is compared with."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import Literal

from benchmarks import statements, traffic
from benchmarks.statements import Script

API = "/api/v1/products"
PLAIN = "/bench/products"
LIST = f"{API}?limit=20"
# pgbench takes 128 files at most.
REPLAYED = 100

Server = Literal["django", "edge", "fastapi"]


@dataclass(frozen=True)
class Contestant:
    """Requests that are played against a server.

    `twin` is the contestant that it is compared with, besides the no-op. `edge` is the whole site
    as production serves it; `django` is the same without the layer that answers from Redis.
    """

    name: str
    what: str
    lines: Callable[[], Iterator[str]]
    twin: str | None = None
    server: Server = "django"
    # Requests that make up one unit of what is counted.
    steps: int = 1


@dataclass(frozen=True)
class Yardstick:
    """Statements that are played by pgbench."""

    name: str
    what: str
    scripts: Callable[[], list[Script]]


def _list() -> Iterator[str]:
    yield traffic.get(LIST)


def _unchanged() -> Iterator[str]:
    yield f"GET\t{LIST}\t*\t"


def _one(path: str) -> Callable[[], Iterator[str]]:
    return lambda: iter([traffic.get(path)])


def _list_script() -> list[Script]:
    return [statements.prepared_script(*statements.only_statement(traffic.get(LIST)))]


@cache
def _recorded_checkouts() -> list[tuple[int, list[str]]]:
    """Return when each of some checkouts began, and what it sent."""
    found = []
    for line in islice(traffic.checkouts(), REPLAYED):
        began = time.time_ns() // 1_000_000
        with statements.recorded() as texts:
            statements.send(line)
        found.append((began, texts))
    return found


def _replay_scripts() -> list[Script]:
    return [statements.replay_script(texts, began) for began, texts in _recorded_checkouts()]


def _floor_scripts() -> list[Script]:
    return [
        statements.replay_script(statements.floor_of(texts), began)
        for began, texts in _recorded_checkouts()
    ]


CONTESTANTS: tuple[Contestant | Yardstick, ...] = (
    Contestant("noop", "a Django view that returns `{}`", _one("/bench/noop"), server="edge"),
    Contestant("list", "20 products, newest first", _list, twin="list-plain"),
    Contestant("list-plain", "the same, plain DRF", _one(PLAIN)),
    Yardstick("list-pgbench", "the same statement, prepared, in pgbench", _list_script),
    Contestant(
        "filtered",
        "2,000 different filters and orders",
        partial(traffic.filtered, API),
        twin="filtered-plain",
    ),
    Contestant("filtered-plain", "the same, plain DRF", partial(traffic.filtered, PLAIN)),
    Contestant(
        "detail",
        "5,000 different products",
        partial(traffic.details, API),
        twin="detail-plain",
    ),
    Contestant("detail-plain", "the same, plain DRF", partial(traffic.details, PLAIN)),
    Contestant(
        "search",
        "5,000 pairs of words, with facets",
        partial(traffic.searches, f"{API}/search"),
        twin="search-plain",
    ),
    Contestant("search-plain", "the same, plain DRF", partial(traffic.searches, f"{PLAIN}/search")),
    Contestant("suggest", "titles as they are typed", partial(traffic.typed, f"{API}/suggest")),
    Contestant("list-cached", "the list, stored", _list, twin="list-plain", server="edge"),
    Contestant("list-304", "the list, not changed", _unchanged, twin="list-plain", server="edge"),
    Contestant(
        "detail-cached",
        "1,000 products, stored",
        partial(traffic.details, API, traffic.PRODUCTS_CACHED),
        twin="detail-plain",
        server="edge",
    ),
    Contestant("checkout", "two items of two shops", traffic.checkouts, server="edge"),
    Contestant(
        "checkout-hot",
        "one of the two the same for all",
        partial(traffic.checkouts, is_hot=True),
        server="edge",
    ),
    Yardstick(
        "checkout-replay",
        f"the statements of {REPLAYED} checkouts in pgbench",
        _replay_scripts,
    ),
    Yardstick(
        "checkout-floor",
        "of these only what changes stock and writes orders and items",
        _floor_scripts,
    ),
    Contestant(
        "flow",
        "two adds to the cart and an order",
        traffic.flows,
        server="edge",
        steps=traffic.FLOW_STEPS,
    ),
)

FASTAPI: tuple[Contestant, ...] = (
    Contestant("fastapi-list", "FastAPI: the list", _one("/products"), server="fastapi"),
    Contestant(
        "fastapi-list-cached", "the same from Redis", _one("/cached/products"), server="fastapi"
    ),
    Contestant(
        "fastapi-detail",
        "FastAPI: details",
        partial(traffic.details, "/products"),
        server="fastapi",
    ),
    Contestant(
        "fastapi-detail-cached",
        "the same from Redis",
        partial(traffic.details, "/cached/products", traffic.PRODUCTS_CACHED),
        server="fastapi",
    ),
)
