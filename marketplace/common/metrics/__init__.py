"""Counts and times of what happens, for Prometheus.

`X.add(…)` and `X.observe(…)` put an event on a queue of this process, which costs a tenth of a
microsecond; a thread adds it up once a second in a file that all processes of the machine share.
"""

from collections.abc import Sequence
from typing import Final

from marketplace.common.metrics.store import store

# Bounds in seconds: from an answer out of memory to one that nobody waits for.
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)

counters: Final[dict[str, "Counter"]] = {}
histograms: Final[dict[str, "Histogram"]] = {}


class Counter:
    """Something that is counted, by the values of its labels. These must be few, and no secrets."""

    def __init__(self, name: str, what: str, labels: Sequence[str] = ()) -> None:
        self.name, self.what, self.labels = name, what, tuple(labels)
        counters[name] = self

    def add(self, *labels: str, amount: float = 1) -> None:
        store.events.append((self.name, labels, amount, None))
        if not store.started:
            store.start()


class Histogram:
    """Something that takes time; its number is counted as well."""

    def __init__(
        self, name: str, what: str, labels: Sequence[str] = (), bounds: Sequence[float] = SECONDS
    ) -> None:
        self.name, self.what, self.labels = name, what, tuple(labels)
        self.bounds = tuple(bounds)
        histograms[name] = self

    def observe(self, seconds: float, *labels: str) -> None:
        store.events.append((self.name, labels, seconds, self.bounds))
        if not store.started:
            store.start()


REQUESTS = Counter(
    "marketplace_http_requests", "Requests answered by Django", ("route", "method", "status")
)
REQUEST_SECONDS = Histogram(
    "marketplace_http_request_seconds", "Time to the answer, in Django", ("route", "method")
)
DATABASE_SECONDS = Counter(
    "marketplace_http_database_seconds", "Time spent waiting for PostgreSQL", ("route",)
)
STATEMENTS = Counter("marketplace_http_statements", "SQL statements sent", ("route",))
EDGE_ANSWERS = Counter(
    "marketplace_edge_answers",
    "Public reads at the read cache: copy (in the process), hit (in Redis), not_modified, made, "
    "passed (on to Django, not stored)",
    ("outcome",),
)
REPLICA_READS = Counter(
    "marketplace_replica_reads",
    "Public reads where there are replicas: replica; by the primary as a change is under way or "
    "not known of (unknown), as no replica is up and as far (behind), as one broke off (failed)",
    ("outcome",),
)
TASKS = Counter("marketplace_tasks", "Background tasks that ended", ("task", "outcome"))
TASK_SECONDS = Histogram(
    "marketplace_task_seconds", "Time a background task took", ("task",), LONG_SECONDS
)
EVENTS = Counter(
    "marketplace_outbox_events", "Events handed over: done, failed, parked", ("topic", "outcome")
)
ORDERS_PLACED = Counter("marketplace_orders_placed", "Orders written", ("payment_method",))
PAYMENTS = Counter("marketplace_payments", "Payments that reached a state", ("provider", "outcome"))
REFUSALS = Counter(
    "marketplace_refusals", "Requests refused by the domain, by error code", ("code",)
)
CALLS = Counter(
    "marketplace_outgoing_calls",
    "Calls to carriers, payment and SMS providers: answered, refused (4xx), failed",
    ("host", "outcome"),
)
CALL_SECONDS = Histogram("marketplace_outgoing_call_seconds", "Time such a call took", ("host",))
