"""What the clients were promised against what PostgreSQL and the provider's books hold."""

from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from benchmarks.outages.buyers import Book, Wish

MOST = 5


def is_quiet() -> bool:
    """Tell whether everything has got through: events, payments that were begun, refunds."""
    from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
    from orders.payments.constants import OPEN_STATES, RefundStatus
    from orders.payments.models import Payment, Refund

    return not (
        OutboxEvent.objects.filter(status=OutboxStatus.PENDING).exists()
        or Payment.objects.exclude(provider="COD").filter(status__in=OPEN_STATES).exists()
        or Refund.objects.filter(status=RefundStatus.PENDING).exists()
    )


def breaches(book: Book, scarce: Mapping[UUID, int]) -> list[str]:
    """Return, in words, what does not agree; empty where nothing was lost and nothing is twice."""
    found = [*_lost_or_twice(book), *_oversold(scarce), *_money(), *_events()]
    from marketplace.invariants.checks import find_violations

    return found + [str(violation) for violation in find_violations()]


def _lost_or_twice(book: Book) -> Iterator[str]:
    from marketplace.common.idempotency.models import IdempotencyKey
    from orders.models import Checkout, Order, OrderItem

    keys = dict(IdempotencyKey.objects.filter(route="orders").values_list("key", "resource_id"))
    numbers: dict[UUID, list[str]] = {}
    for checkout_id, number in Order.objects.order_by("number").values_list(
        "checkout_id", "number"
    ):
        numbers.setdefault(checkout_id, []).append(number)
    bought: dict[UUID, Counter[str]] = {}
    for checkout_id, variant_id, quantity in OrderItem.objects.values_list(
        "order__checkout_id", "variant_id", "quantity"
    ):
        bought.setdefault(checkout_id, Counter())[str(variant_id)] += quantity
    by_key = {wish.key: wish for wish in book.wishes}

    def is_kept(wish: Wish) -> bool:
        pk = UUID(wish.checkout_id)
        wanted = Counter({row["variant_id"]: row["quantity"] for row in wish.body["items"]})
        return (keys.get(wish.key), numbers.get(pk), bought.get(pk)) == (pk, wish.numbers, wanted)

    yield from _some(
        "an acknowledged order is not there as it was acknowledged",
        [wish.key for wish in book.acknowledged if not is_kept(wish)],
    )
    yield from _some(
        "a refused order is there",
        [wish.key for wish in book.wishes if wish.refused and wish.key in keys],
    )
    yield from _some("one key has two answers", [w.key for w in book.wishes if w.is_contradicted])
    yield from _some("a key that nobody sent", sorted(keys.keys() - by_key.keys()))
    # One checkout per key, and none without: nothing was ordered twice.
    checkouts = set(Checkout.objects.values_list("pk", flat=True))
    yield from _some("a checkout that no key stands for", sorted(checkouts - set(keys.values())))


def _oversold(scarce: Mapping[UUID, int]) -> Iterator[str]:
    from orders.constants import OrderStatus
    from orders.models import OrderItem

    items = OrderItem.objects.filter(variant_id__in=scarce).exclude(
        order__status=OrderStatus.CANCELLED
    )
    sold: Counter[UUID] = Counter()
    for variant_id, quantity in items.values_list("variant_id", "quantity"):
        sold[variant_id] += quantity
    yield from _some(
        "sold more often than there was",
        [f"{pk}: {sold[pk]} of {units}" for pk, units in scarce.items() if sold[pk] > units],
    )


def _money() -> Iterator[str]:
    """What the provider has kept is what the orders that were not cancelled cost."""
    from orders.constants import OrderStatus
    from orders.models import Order
    from orders.payments.models import FakeCharge, Payment
    from orders.settlement.services.verify import differences

    live: Counter[UUID] = Counter()
    for checkout_id, total in Order.objects.exclude(status=OrderStatus.CANCELLED).values_list(
        "checkout_id", "total_amount"
    ):
        live[checkout_id] += total
    checkout_of = dict(Payment.objects.exclude(provider="COD").values_list("pk", "checkout_id"))
    kept: Counter[UUID] = Counter()
    for charge in FakeCharge.objects.all():
        paid = charge.amount if charge.state == "paid" else 0
        kept[checkout_of[UUID(hex=charge.reference)]] += paid - sum(charge.refunds.values())
    yield from _some(
        "the provider has kept another amount than the orders cost",
        [
            f"{pk}: {kept[pk]}, not {live[pk]}"
            for pk in checkout_of.values()
            if kept[pk] != live[pk]
        ],
    )
    yield from _some("the ledger differs", [str(row) for row in differences()])


def _events() -> Iterator[str]:
    """Every order that was placed was told to its buyer once, and nothing is parked."""
    from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
    from notifications.models import Notification
    from orders.models import Order

    yield from _some(
        "an event that is parked or waits",
        [str(event) for event in OutboxEvent.objects.exclude(status=OutboxStatus.DONE)],
    )
    placed = Counter(
        Order.objects.exclude(placed_at=None).values_list("buyer_id", flat=True).iterator()
    )
    told = Counter(
        Notification.objects.filter(type="order_placed").values_list("user_id", flat=True)
    )
    yield from _some(
        "a buyer was not told once of each order",
        [f"{pk}: {told[pk]} of {placed[pk]}" for pk in placed.keys() | told.keys()
         if told[pk] != placed[pk]],
    )  # fmt: skip


def _some(what: str, rows: list[object] | list[str] | list[UUID]) -> Iterator[str]:
    if rows:
        more = f" and {len(rows) - MOST} more" if len(rows) > MOST else ""
        yield f"{what}: {', '.join(map(str, rows[:MOST]))}{more}"
