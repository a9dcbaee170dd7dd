"""Load on the whole shop while one part after another is killed, silenced or cut off.

    .venv/bin/python benchmarks/chaos.py [--minutes 10] [--seed 1] [--only redis,worker]
    .venv/bin/python benchmarks/chaos.py --minutes 1 --plant lost-order

Buyers browse, order, pay and cancel, and ask again with the same Idempotency-Key when an answer is
lost. Meanwhile web processes, the worker, beat, Redis and PostgreSQL are killed, and the network to
PostgreSQL made slow, silent or cut. A process of its own looks at the invariants every 5 seconds.
It ends with 1 when an acknowledged order is missing, anything is there twice, an invariant was
broken, the shop answered 5xx for no reason, or a part was not back 10 s after its repair.

With --plant it does damage to the database halfway, and ends with 0 only if the verdict names it.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import environment, goals, report
from benchmarks.outages.buyers import PATIENCE_SECONDS, Book, Buyer, Failed
from benchmarks.outages.faults import BACK_SECONDS, BACKLOG_SECONDS, FAULTS, Fault, Outcome, Watch
from benchmarks.outages.parts import Shop, in_background, make_shop, wait_until
from benchmarks.outages.plants import PLANTS, Plant
from benchmarks.outages.watch import Invariants, Outbox, Probe

MINUTES, BUYERS = 10.0, 8
GOODS, SCARCE, SCARCE_UNITS = 200, 5, 60
CHECK_SECONDS = 5
# A web process that is killed within 5.5 s of its start is a crash loop to granian, which then ends
# and leaves it to whoever supervises it.
PAUSE_SECONDS = (6.0, 9.0)
# Claims of killed processes are free again after 60 s, unpaid goods after 60 s and a sweep, refunds
# are sent once a minute.
QUIET_SECONDS = 240.0
# What follows from an order that was taken away never gets through.
PLANTED_QUIET_SECONDS = 15.0


def main() -> int:
    options = _parse()
    environment.keep_apart("outages")
    environment.start()
    from benchmarks import floor
    from benchmarks.people import shoppers

    floor.use_new_floor("chaos")
    people = shoppers(options.buyers + 1)
    scarce = dict.fromkeys(floor.scarce_variants(SCARCE, SCARCE_UNITS), SCARCE_UNITS)
    goods = floor.some_variants(GOODS, but=scarce)
    machine = environment.machine()
    shop, book = make_shop(environment.DATA_DIR / "logs"), Book()
    invariants = Invariants(CHECK_SECONDS)
    watch = Watch(
        Probe(f"{shop.address}/api/v1/orders?limit=1", people[-1].token),
        Probe(f"{shop.address}/api/v1/products?ordering=newest", ""),
        Outbox(),
    )
    names = [str(pk) for pk in scarce]
    buyers = [
        Buyer(shop.address, person, goods, names, book, options.seed * 1000 + number)
        for number, person in enumerate(people[:-1])
    ]
    try:
        shop.start()
        wait_until(lambda: _is_up(shop), "the shop is up")
        invariants.start()
        outcomes = _run(shop, watch, buyers, invariants, options)
        drained = _drain(_quiet_seconds(options))
        invariants.stop()
        ended = [part.name for part in shop.parts if part.has_ended()]
    finally:
        shop.stop()
    return _report(options, machine, book, outcomes, invariants, scarce, drained, ended)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(
            [
                "faults:",
                *(f"  {row.name:<20}{row.what}" for row in FAULTS),
                "plants:",
                *(f"  {row.name:<20}{row.what}" for row in PLANTS),
            ]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=1, help="of the faults and of the buyers")
    parser.add_argument("--buyers", type=int, default=BUYERS)
    parser.add_argument("--only", type=lambda text: text.split(","), help="some faults, by comma")
    parser.add_argument("--output", help="name of the file in results/; RESULTS.md shows `chaos`")
    parser.add_argument(
        "--plant",
        choices=[row.name for row in PLANTS],
        help="damage to do, to see the verdict find it; no figures are kept",
    )
    options = parser.parse_args()
    unknown = set(options.only or ()) - {row.name for row in FAULTS}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return options


def _is_up(shop: Shop) -> bool:
    import requests

    try:
        return requests.get(f"{shop.address}/health/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _run(
    shop: Shop,
    watch: Watch,
    buyers: Sequence[Buyer],
    invariants: Invariants,
    options: argparse.Namespace,
) -> list[Outcome]:
    """Let buyers buy and faults happen until the time is over; returns what came of them."""
    stop, stop_watching = threading.Event(), threading.Event()
    watching = [
        in_background(lambda part=part: part.run(stop_watching))  # type: ignore[misc]
        for part in (watch.orders, watch.products, watch.outbox)
    ]
    buying = [in_background(lambda buyer=buyer: buyer.run(stop)) for buyer in buyers]  # type: ignore[misc]
    dice = random.Random(options.seed)
    until = time.monotonic() + options.minutes * 60
    if options.plant:
        damage_at = time.monotonic() + options.minutes * 30
        buying.append(in_background(lambda: _damage(_planted(options), buyers[0].book, damage_at)))
    wait_until(lambda: watch.outbox.through_at(0) is not None, "events get through")
    outcomes: list[Outcome] = []
    for fault in _faults(dice, options.only):
        time.sleep(dice.uniform(*PAUSE_SECONDS))
        if time.monotonic() > until or invariants.has_ended():
            break
        outcome = fault.run(shop, watch, dice)
        outcomes.append(outcome)
        _tell(outcome)
        ended = [part for part in shop.parts if part.has_ended()]
        if ended:
            print(f"ENDED by itself: {', '.join(part.name for part in ended)}", flush=True)
            break
    stop.set()
    for thread in buying:
        thread.join(PATIENCE_SECONDS * 2)
    stop_watching.set()
    for thread in watching:
        thread.join(10)
    return outcomes


def _planted(options: argparse.Namespace) -> Plant:
    return next(row for row in PLANTS if row.name == options.plant)


def _damage(plant: Plant, book: Book, at: float) -> None:
    time.sleep(max(at - time.monotonic(), 0))
    print(f"PLANTED {plant.name}: {plant.do(book)}", flush=True)


def _faults(dice: random.Random, only: Sequence[str] | None) -> Any:
    """Yield all faults, or some, in another order each time round."""
    chosen = [row for row in FAULTS if not only or row.name in only]
    while True:
        yield from dice.sample(chosen, len(chosen))


def _tell(outcome: Outcome) -> None:
    lasted = outcome.repaired - outcome.began
    print(
        f"{outcome.name:<20} lasted {lasted:4.1f} s, longest without an answer "
        f"{outcome.outage_seconds:4.1f} s, back after {outcome.back_seconds:.1f} s, "
        f"no backlog after {outcome.backlog_seconds:.1f} s",
        flush=True,
    )


def _quiet_seconds(options: argparse.Namespace) -> float:
    return PLANTED_QUIET_SECONDS if options.plant else QUIET_SECONDS


def _drain(patience: float) -> float | None:
    """Wait until everything has got through; returns how long it took."""
    from django.db import connection

    from benchmarks.outages.verdict import is_quiet

    began = time.monotonic()
    connection.close()
    while time.monotonic() - began < patience:
        if is_quiet():
            return time.monotonic() - began
        time.sleep(0.5)
    return None


def _report(
    options: argparse.Namespace,
    machine: Any,
    book: Book,
    outcomes: Sequence[Outcome],
    invariants: Invariants,
    scarce: Mapping[UUID, int],
    drained: float | None,
    ended: Sequence[str],
) -> int:
    from benchmarks.outages.verdict import breaches

    found = [*breaches(book, scarce), *book.surprises]
    found += [f"{name} ended though nobody killed it" for name in ended]
    if drained is None:
        found.append(f"not everything got through within {_quiet_seconds(options):.0f} s")
    unexpected = [row for row in book.failed if not _is_allowed(row, outcomes)]
    for failed in unexpected[:20]:
        print(f"unexpected answer: {failed.what}: {failed.status} {failed.code}")
    for text in found:
        print(f"BREACH {text}")
    rows = [row for fault in FAULTS if (row := _row(fault, outcomes, book))]
    _print(rows)
    repeated = sum(wish.tries > 1 for wish in book.acknowledged)
    print(
        f"\n{len(book.acknowledged)} orders acknowledged, {repeated} of them asked for again; "
        f"answers {dict(sorted(book.answers.items()))}, {len(book.lost)} lost; refused "
        f"{dict(Counter(wish.refused for wish in book.wishes if wish.refused))}; "
        f"{invariants.checks} looks at the invariants, the slowest {invariants.slowest:.1f} s, "
        f"{invariants.away} while PostgreSQL was away; all through after "
        f"{'-' if drained is None else format(drained, '.0f')} s"
    )
    back = [0.0, *(row.back_seconds for row in outcomes)]
    backlog = [0.0, *(row.backlog_seconds for row in outcomes)]
    judged = [
        goals.exactly("promises broken: lost, twice, oversold, money", len(found), 0),
        goals.exactly("invariants broken", len(invariants.broken), 0),
        goals.at_least("looks at the invariants", invariants.checks, 1, unit="looks"),
        goals.exactly("5xx other than 503 with Retry-After in faults of PostgreSQL",
                      len(unexpected), 0),
        goals.at_most("slowest part back after its repair", max(back), BACK_SECONDS, unit="s"),
        goals.at_most("slowest backlog worked off after the repair",
                      max(backlog), BACKLOG_SECONDS, unit="s"),
        goals.at_least("orders acknowledged", len(book.acknowledged), 1, unit="orders"),
    ]  # fmt: skip
    if options.plant:
        report.print_goals(judged)
        return _told_of(_planted(options), found, invariants)
    is_full = options.minutes >= MINUTES and not options.only
    figures = {
        "minutes": options.minutes,
        "seed": options.seed,
        "acknowledged": len(book.acknowledged),
        "repeated": repeated,
        "checks": invariants.checks,
        "breaches": found,
        "faults": rows,
    }
    report.keep(options.output or ("chaos" if is_full else "partial"), figures, judged, machine)
    return report.exit_code(judged, is_checked=True)


def _told_of(plant: Plant, found: Sequence[str], invariants: Invariants) -> int:
    """Return 0 if what was planted is among what the verdict, or a look meanwhile, complains of."""
    complaints = invariants.broken if plant.is_of_invariant else found
    is_told = any(text.startswith(plant.finding) for text in complaints)
    print(f"\nthe planted damage was {'found' if is_told else 'NOT found'}: {plant.finding}")
    return int(not is_told)


def _is_allowed(failed: Failed, outcomes: Sequence[Outcome]) -> bool:
    """Tell whether it is an honest 503 while PostgreSQL was away, or had been a moment before."""
    if failed.status != 503 or not failed.says_when:
        return False
    faults = {row.name for row in FAULTS if row.is_of_database}
    return any(
        row.name in faults and row.began <= failed.at <= row.repaired + BACK_SECONDS
        for row in outcomes
    )


def _row(fault: Fault, outcomes: Sequence[Outcome], book: Book) -> dict[str, Any] | None:
    mine = [row for row in outcomes if row.name == fault.name]
    if not mine:
        return None
    return {
        "name": fault.name,
        "what": fault.what,
        "times": len(mine),
        "outage_seconds": round(max(row.outage_seconds for row in mine), 2),
        "back_seconds": _slowest(row.back_seconds for row in mine),
        "backlog_seconds": _slowest(row.backlog_seconds for row in mine),
        "answers_5xx": sum(
            row.began <= failed.at <= (row.back or row.repaired + BACK_SECONDS)
            for row in mine
            for failed in book.failed
        ),
    }


def _slowest(seconds: Iterable[float]) -> float | None:
    """Return None, which JSON has a word for, where one of them never came."""
    slowest = max(seconds)
    return None if slowest == inf else round(slowest, 2)


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    print(
        f"\n{'fault':<20}{'times':>6}{'outage s':>10}{'back s':>8}{'backlog s':>11}{'5xx':>6}  what"
    )
    for row in rows:
        back, backlog = (
            "never" if row[name] is None else f"{row[name]:.1f}"
            for name in ("back_seconds", "backlog_seconds")
        )
        print(
            f"{row['name']:<20}{row['times']:>6}{row['outage_seconds']:>10.1f}{back:>8}"
            f"{backlog:>11}{row['answers_5xx']:>6}  {row['what']}"
        )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("benchmarks: stopped, nothing was written")
