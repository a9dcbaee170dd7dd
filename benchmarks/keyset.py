"""Database time of a list's first page against the page after 50,000 rows, for every ordering.

    .venv/bin/python benchmarks/keyset.py [--rows 50000] [--rounds 200] [--check]

Walks to the deep page through `next`, as a client would, takes the statement that the view sends
for each of the two pages, and runs both in turn under EXPLAIN (ANALYZE).
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report
from benchmarks.statements import only_statement
from benchmarks.traffic import get

ORDERINGS = ("newest", "price", "-price", "rating", "popular")
GOAL = 1.2


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=50_000, help="rows before the deep page")
    parser.add_argument("--rounds", type=int, default=200)
    report.add_check(parser)
    options = parser.parse_args()

    environment.prepare(options.products)
    rows = [measure(ordering, options.rows, options.rounds) for ordering in ORDERINGS]
    print(f"\n{'ordering':<10}{'first ms':>10}{'deep ms':>10}{'ratio':>8}  deep page reads")
    for row in rows:
        print(
            f"{row['ordering']:<10}{row['first_ms']:>10.3f}{row['deep_ms']:>10.3f}"
            f"{row['ratio']:>8.2f}  {row['plan']}"
        )
    judged = [
        goals.at_most(
            f"{row['ordering']}, after {options.rows:,} rows", row["ratio"], GOAL, unit="×"
        )
        for row in rows
    ]
    figures = {"rows": options.rows, "rounds": options.rounds, "orderings": rows}
    report.keep("keyset", figures, judged, environment.machine())
    return report.exit_code(judged, is_checked=options.check)


def measure(ordering: str, rows: int, rounds: int) -> dict[str, Any]:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    first = f"/api/v1/products?{urlencode({'ordering': ordering, 'limit': 20})}"
    deep = _deep_url(client, ordering, rows)
    statements = {"first": only_statement(get(first)), "deep": only_statement(get(deep))}
    times: dict[str, list[float]] = {"first": [], "deep": []}
    plan = ""
    for _ in range(rounds):
        for name, statement in statements.items():
            explained = _explain(*statement)
            times[name].append(explained["Planning Time"] + explained["Execution Time"])
            plan = _index_scan(explained["Plan"])
    first_ms, deep_ms = median(times["first"]), median(times["deep"])
    return {
        "ordering": ordering,
        "first_ms": round(first_ms, 3),
        "deep_ms": round(deep_ms, 3),
        "ratio": round(deep_ms / first_ms, 3),
        "plan": plan,
    }


def _deep_url(client: Any, ordering: str, rows: int) -> str:
    url = f"/api/v1/products?{urlencode({'ordering': ordering, 'limit': 100})}"
    for _ in range(rows // 100):
        url = client.get(url).json()["next"]
        if url is None:
            environment.refuse(f"there are fewer than {rows} public products")
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    query = urlencode({"ordering": ordering, "limit": 20, "cursor": cursor})
    return f"/api/v1/products?{query}"


def _explain(sql: str, params: Any) -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        explained: dict[str, Any] = cursor.fetchone()[0][0]
    return explained


def _index_scan(plan: dict[str, Any]) -> str:
    """Return the product index that the plan walks, and whether the cursor is its condition."""
    stack = [plan]
    while stack:
        node = stack.pop()
        if node.get("Relation Name") == "catalog_product":
            index = node.get("Index Name", node["Node Type"])
            return f"{index}, {'from the cursor on' if 'Index Cond' in node else 'from its end'}"
        stack.extend(node.get("Plans", []))
    return "?"


if __name__ == "__main__":
    sys.exit(main())
