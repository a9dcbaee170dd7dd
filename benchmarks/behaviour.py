"""People with think time against the whole shop: how many two cores bear, and how fast it answers.

    .venv/bin/python benchmarks/behaviour.py [--users 300] [--minutes 5] [--check]

Locust plays locustfile.py: 90 % of what people do is browsing and searching, 8 % the cart, 2 % a
checkout. Web, worker and beat run as the Procfile has them, with the limit of requests on and every
person behind an address of their own. The first seconds, in which people come in, do not count.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report, usage
from benchmarks.load import Running, shop

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
USERS, MINUTES, SPAWN_RATE = 300, 5.0, 15
P95_MS = 300
SEARCHES = 3_000
# So many of the most popular products have so few units that they sell out.
SCARCE_PRODUCTS, SCARCE_UNITS = 5, 4
SEED = 20_261_121


def main() -> int:
    options = _parse()
    environment.prepare(options.products)
    from benchmarks import data

    data.forget_orders()
    folder = environment.DATA_DIR / "behaviour"
    folder.mkdir(exist_ok=True)
    _write_data(folder / "data.json", options.users)
    machine = environment.machine()
    try:
        with shop(RATE_LIMIT_ENABLED="true", TRUSTED_PROXY_COUNT="1") as running:
            figures = _play(running, folder, options)
    finally:
        data.forget_orders()
    judged = _judge(figures, options.users)
    _print(figures)
    is_full = options.users >= USERS and options.minutes >= MINUTES
    name = options.output or ("behaviour" if is_full else "partial")
    facts = {"users": options.users, "minutes": options.minutes, "products": options.products}
    report.keep(name, {**facts, **figures}, judged, machine)
    return report.exit_code(judged, is_checked=options.check)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=environment.PRODUCTS)
    parser.add_argument("--users", type=int, default=USERS, help="people at the same time")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="once all have come in")
    parser.add_argument("--spawn-rate", type=float, default=SPAWN_RATE, help="people per second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--output", help="name of the file in results/; RESULTS.md shows `behaviour`, a full run"
    )
    report.add_check(parser)
    return parser.parse_args()


def _write_data(path: Path, users: int) -> None:
    """Write what the people know: products by popularity, searches, categories, accounts."""
    from benchmarks.people import PASSWORD, shoppers
    from catalog.inventory.models import StockItem
    from catalog.models import Category, Product

    dice = random.Random(SEED)
    public = Product.objects.public()
    products = list(public.order_by("-sold_count", "id").values_list("id", flat=True))
    StockItem.objects.filter(variant__product__in=products[:SCARCE_PRODUCTS]).update(
        on_hand=SCARCE_UNITS
    )
    titles = list(public.order_by("id").values_list("title", flat=True))
    categories = list(Category.objects.values_list("slug", flat=True).order_by("slug"))
    dice.shuffle(categories)
    rows = {
        "products": [str(pk) for pk in products],
        "searches": _searches(dice, dice.sample(titles, min(SEARCHES, len(titles)))),
        "categories": categories,
        "shoppers": [row.as_row() for row in shoppers(users)],
        "password": PASSWORD,
    }
    path.write_text(json.dumps(rows, ensure_ascii=False))


def _searches(dice: random.Random, titles: list[str]) -> list[str]:
    """Return what people search for, the commonest first: kinds of goods, then ever more exact.

    One in twenty is mistyped, one in a hundred is not sold here.
    """
    from benchmarks.data import KINDS, THINGS

    common = THINGS.split("|")
    plain = [f"{thing} {kind}".lower() for thing in common for kind in KINDS.split("|")]
    exact = [" ".join(title.split()[: dice.randrange(2, 6)]) for title in titles]
    found = [*common, *dice.sample(plain, len(plain)), *exact]
    for place in range(len(found)):
        if dice.random() < 0.05:
            found[place] = _mistyped(dice, found[place])
        elif dice.random() < 0.01:
            found[place] = "vé xem phim"
    return found


def _mistyped(dice: random.Random, text: str) -> str:
    place = dice.randrange(1, len(text))
    return text[:place] + dice.choice("aeinghtu") + text[place + 1 :]


def _play(
    running: Mapping[str, Running], folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Let Locust play; returns its figures, and how much of a processor each part has used."""
    seconds = options.users / options.spawn_rate + options.minutes * 60
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless"),
        *("--users", str(options.users), "--spawn-rate", str(options.spawn_rate)),
        *("--run-time", f"{seconds:.0f}s", "--host", running["web"].address),
        *("--reset-stats", "--only-summary", "--loglevel", "WARNING", "--stop-timeout", "10"),
    ]
    settings = {
        "BEHAVIOUR_DATA": str(folder / "data.json"),
        "BEHAVIOUR_RESULT": str(result),
        "BEHAVIOUR_SEED": str(options.seed),
    }
    roots = {**environment.server_pids(), **{name: row.pid for name, row in running.items()}}
    print(f"{options.users} people for {seconds:.0f} s", flush=True)
    before, began = usage.cpu_seconds(roots), time.monotonic()
    done = subprocess.run(
        command,
        cwd=environment.ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    took = time.monotonic() - began
    after = usage.cpu_seconds(roots)
    if not result.exists():
        environment.refuse(f"Locust ended with {done.returncode}; what it said is above")
    figures: dict[str, Any] = json.loads(result.read_text())
    return {
        **figures,
        "spawn_seconds": options.users / options.spawn_rate,
        "cores": {name: max(round((after[name] - before[name]) / took, 2), 0) for name in roots},
    }


def _judge(figures: Mapping[str, Any], users: int) -> list[goals.Goal]:
    total = figures["requests"][-1]
    orders = sum(row["count"] for row in figures["requests"] if row["name"] == "checkout: order")
    return [
        goals.at_least("people at the same time", users, USERS, unit="people"),
        goals.at_most("all requests, p95", total["p95_ms"], P95_MS, unit="ms"),
        goals.at_most("errors", total["errors"], 0, unit="errors"),
        goals.at_least("orders asked for", orders, 1, unit="orders"),
    ]


def _print(figures: Mapping[str, Any]) -> None:
    print(
        f"\n{'':<20}{'requests':>9}{'req/s':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'errors':>8}"
    )
    for row in figures["requests"]:
        print(
            f"{row['name']:<20}{row['count']:>9,}{row['per_second']:>8.1f}"
            + "".join(f"{row[name]:>8.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
            + f"{row['errors']:>8}"
        )
    for row in figures["errors"]:
        print(f"error: {row['name']}: {row['what']}, {row['count']} times")
    for what, times in sorted(figures["sold_out"].items()):
        print(f"sold out, a right answer: {what}, {times} times")
    print("cores used: " + ", ".join(f"{name} {used}" for name, used in figures["cores"].items()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
