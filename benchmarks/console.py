"""Database time of the console's lists with 1,000,000 orders and 100,000 products.

    .venv/bin/python benchmarks/console.py [--orders 1000000] [--rounds 3] [--check]

Opens each list, with each choice of each filter, with a search for what its rows have, and its last
reachable page, and each shop's and user's page and queue; counts statements and adds up the
time that the database took for them.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report

MOST_STATEMENTS = 25
MOST_MS = 300.0
PRODUCTS = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    report.add_check(parser)
    options = parser.parse_args()

    environment.prepare(PRODUCTS, name=f"console_{options.orders}")
    _fill(options.orders)
    client = _signed_in()
    pages = []
    for what, url in _pages():
        pages.append({"page": what, **_measured(client, url, options.rounds)})
        print("{page:<70}{statements:>4}{ms:>10.1f}".format(**pages[-1]), flush=True)
    pages.sort(key=lambda page: -page["ms"])
    judged = [
        goals.at_most(
            f"most statements of {len(pages)} pages of the console",
            max(page["statements"] for page in pages),
            MOST_STATEMENTS,
            unit="statements",
        ),
        goals.at_most(
            f"database time of the slowest, {pages[0]['page']}",
            pages[0]["ms"],
            MOST_MS,
            unit="ms",
        ),
    ]
    figures = {"orders": options.orders, "products": PRODUCTS, "pages": pages}
    report.keep("console", figures, judged, environment.machine())
    return report.exit_code(judged, is_checked=options.check)


def _fill(orders: int) -> None:
    from benchmarks import sales
    from marketplace.common.outbox.models import OutboxEvent
    from orders.models import Order

    if not OutboxEvent.objects.exists():  # what is written last
        if Order.objects.exists():
            name = environment.database_name()
            environment.refuse(f"{name} was not filled to its end: drop that database")
        sales.fill(orders)


def _signed_in() -> Any:
    from django.test import Client

    from accounts.models import User
    from accounts.tests.factories import StaffFactory

    email = "console@example.test"
    if not User.objects.filter(email=email).exists():
        StaffFactory(email=email, phone_number=None)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(email=email))
    return client


def _pages() -> Iterator[tuple[str, str]]:
    """Return every list in each of its states, and the pages of one shop and one user."""
    from django.contrib import admin

    from accounts.models import User
    from shops.models import Shop

    yield "start", "/admin/"
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}/{model._meta.model_name}"
        url = f"/admin/{name}/"
        yield name, url
        yield f"{name}, page 100", f"{url}?p=100"
        row = model._default_manager.order_by("-pk").first()
        if row is not None and model_admin.search_fields:
            yield f"{name}, by id", f"{url}?q={row.pk}"
            yield f"{name}, by words", f"{url}?{urlencode({'q': 'áo thun'})}"
        for query in _choices(model_admin, model):
            yield f"{name}, {urlencode(query)[:60]}", f"{url}?{urlencode(query)}"
        if hasattr(model_admin, "queue"):
            yield f"{name}, queue", f"{url}queue/"
    shop, user = Shop.objects.first(), User.objects.filter(is_staff=False).first()
    if shop and user:
        yield "a shop's page", f"/admin/shops/shop/{shop.pk}/change/"
        yield "a user's page", f"/admin/accounts/user/{user.pk}/change/"
        for name in ("orders/order", "catalog/product", "settlement/payout", "returns/return"):
            yield f"{name}, of a shop", f"/admin/{name}/?q={shop.pk}"
        ledger = f"/admin/settlement/ledgerentry/?shop__id__exact={shop.pk}"
        yield "settlement/ledgerentry, of a shop", ledger
        yield "reviews/review, of a shop", f"/admin/reviews/review/?shop__id__exact={shop.pk}"
        yield "orders/order, of a buyer", f"/admin/orders/order/?q={user.email}"


def _choices(model_admin: Any, model: Any) -> Iterator[dict[str, Any]]:
    """Return each choice of each filter of a list, as its links have it."""
    from urllib.parse import parse_qsl

    from django.test import RequestFactory

    from accounts.models import User

    request = RequestFactory().get("/")
    request.user = User.objects.get(email="console@example.test")
    changes = model_admin.get_changelist_instance(request)
    for spec in changes.filter_specs:
        for choice in list(spec.choices(changes))[1:8]:
            if query := dict(parse_qsl(choice["query_string"].lstrip("?"))):
                yield query


def _measured(client: Any, url: str, rounds: int) -> dict[str, Any]:
    from django.db import connection

    times, counts = [], []
    for _ in range(rounds):
        spent: list[float] = []

        def clock(
            execute: Callable[..., Any],
            sql: str,
            params: Any,
            many: bool,
            context: Any,
            spent: list[float] = spent,
        ) -> Any:
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - began)

        with connection.execute_wrapper(clock):
            response = client.get(url, follow=True)
        if response.status_code != 200:
            environment.refuse(f"{url} answers {response.status_code}")
        times.append(sum(spent) * 1_000)
        counts.append(len(spent))
    return {"statements": max(counts), "ms": round(median(times), 1)}


if __name__ == "__main__":
    sys.exit(main())
