"""A flash sale: 500 buyers want one of 100 units at the same moment.

    .venv/bin/python benchmarks/flash_sale.py [--buyers 500] [--units 100] [--rounds 3]

Every buyer has an account, a cart with one unit in it and an open connection; then all order at
once, against web, worker and beat as the Procfile has them. Exactly as many orders as units, clear
refusals for all others, and every invariant of the database: anything else ends it with 1.
"""

import argparse
import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report
from benchmarks.crowd import Answer, request_bytes, send_together
from benchmarks.load import shop

BUYERS, UNITS, ROUNDS = 500, 100, 3
CARTS_AT_ONCE = 8


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--buyers", type=int, default=BUYERS)
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="sales, each of another product")
    parser.add_argument(
        "--output", help="name of the file in results/; RESULTS.md shows `flash_sale`"
    )
    options = parser.parse_args()
    environment.start()
    from benchmarks import floor
    from benchmarks.people import shoppers

    floor.use_new_floor("flash_sale")
    buyers = shoppers(options.buyers)
    variants = floor.scarce_variants(options.rounds, options.units)
    machine = environment.machine()
    with shop() as running:
        address = running["web"].address
        rounds = [_sell(address, buyers, variant, options.units) for variant in variants]
    judged = [goal for row in rounds for goal in row.pop("goals")]
    is_full = (options.buyers, options.units) == (BUYERS, UNITS)
    name = options.output or ("flash_sale" if is_full else "partial")
    facts = {"buyers": options.buyers, "units": options.units, "rounds": rounds}
    report.keep(name, facts, judged, machine)
    return report.exit_code(judged, is_checked=True)


def _sell(address: str, buyers: Sequence[Any], variant_id: UUID, units: int) -> dict[str, Any]:
    """Fill the carts, let everybody order at once; returns what came of it, and what it should."""
    body = {"variant_id": str(variant_id), "quantity": 1}
    filled = send_together(
        address,
        [request_bytes(address, "POST", "/api/v1/cart", buyer.token, body, "") for buyer in buyers],
        at_once=CARTS_AT_ONCE,
    )
    if any(answer.status != 200 for answer in filled):
        environment.refuse(f"not all could fill their carts: {Counter(a.status for a in filled)}")
    answers = send_together(
        address,
        [
            request_bytes(
                address,
                "POST",
                "/api/v1/orders",
                buyer.token,
                {"address_id": buyer.address_id, "payment_method": "COD"},
                str(uuid.uuid4()),
            )
            for buyer in buyers
        ],
    )
    row = _figures(answers, units)
    print(
        f"{row['orders']} orders, {row['refused']} refused, {row['failed']} failed; sold out after "
        f"{row['sold_out_ms']:.0f} ms, answers p50 {row['p50_ms']:.0f} ms, p99 {row['p99_ms']:.0f} "
        f"ms; {row['overlap']:.0%} were sent before the first was answered",
        flush=True,
    )
    return {**row, "goals": _judge(row, variant_id, len(buyers), units)}


def _figures(answers: Sequence[Answer], units: int) -> dict[str, Any]:
    bought = sorted(answer.answered_at for answer in answers if answer.status == 201)
    waits = sorted(answer.seconds for answer in answers)
    first = min(answer.answered_at for answer in answers)
    return {
        "orders": len(bought),
        "refused": sum(row.status == 409 and row.code == "out_of_stock" for row in answers),
        "failed": sum(row.status >= 500 or row.status == 0 for row in answers),
        "statuses": {str(key): n for key, n in Counter(row.status for row in answers).items()},
        "sold_out_ms": 1000 * bought[units - 1] if len(bought) >= units else 0.0,
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
        "overlap": sum(row.sent_at < first for row in answers) / len(answers),
    }


def _judge(row: dict[str, Any], variant_id: UUID, buyers: int, units: int) -> list[goals.Goal]:
    from catalog.inventory.models import StockItem
    from marketplace.invariants.checks import find_violations
    from orders.models import OrderItem

    stock = StockItem.objects.get(variant_id=variant_id)
    written = OrderItem.objects.filter(variant_id=variant_id).count()
    broken = find_violations()
    for violation in broken:
        print(violation)
    return [
        goals.exactly("orders that were confirmed", row["orders"], units),
        goals.exactly("orders in the database", written, units),
        goals.exactly("clear refusals, 409 out_of_stock", row["refused"], buyers - units),
        goals.exactly("5xx and lost answers", row["failed"], 0),
        goals.exactly("units left", stock.available, 0),
        goals.exactly("invariants broken", len(broken), 0),
        goals.at_least("sent before the first answer", row["overlap"] * 100, 50, unit="%"),
    ]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
