"""Metrics as Prometheus reads them."""

from collections.abc import Iterable, Iterator, Mapping
from hmac import compare_digest
from typing import Any

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from marketplace import __version__
from marketplace.common import metrics
from marketplace.common.metrics.store import labels_of, store
from marketplace.monitoring.state import State, look

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def is_allowed(authorization: str) -> bool:
    """Tell whether a request's `Authorization` header may see how the marketplace stands."""
    expected = settings.METRICS_TOKEN
    given = authorization.removeprefix("Bearer ")
    return bool(expected) and compare_digest(given.encode(), expected.encode())


def exposition() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything())
    return generate_latest(registry)


class _Everything:
    def collect(self) -> Iterator[Metric]:
        yield from _counted()
        yield from _gauges(look())


def _counted() -> Iterator[Metric]:
    totals = store.totals()
    for counter in metrics.counters.values():
        family = CounterMetricFamily(counter.name, counter.what, labels=counter.labels)
        for key, value in totals.get(counter.name, {}).items():
            family.add_metric(labels_of(key) if counter.labels else [], value)
        yield family
    for histogram in metrics.histograms.values():
        times = HistogramMetricFamily(histogram.name, histogram.what, labels=histogram.labels)
        bounds = [*map(str, histogram.bounds), "+Inf"]
        for key, counts in totals.get(histogram.name, {}).items():
            if len(counts) != len(bounds) + 1:
                continue  # an earlier release's
            *buckets, total = counts
            so_far = 0
            cumulated = []
            for bound, count in zip(bounds, buckets, strict=True):
                so_far += count
                cumulated.append((bound, so_far))
            times.add_metric(labels_of(key), cumulated, total)
        yield times


def _gauges(state: State) -> Iterator[Metric]:
    yield _gauge("marketplace_build_info", "The release", {(__version__,): 1}, ["version"])
    yield _gauge(
        "marketplace_up",
        "Whether a server answers",
        {("database",): state.is_database_up, ("redis",): state.is_redis_up},
        ["server"],
    )
    plain = {
        "marketplace_outbox_due": ("Events that wait", state.outbox_due),
        "marketplace_outbox_lag_seconds": ("How long the oldest waits", state.outbox_lag_seconds),
        "marketplace_outbox_parked": ("Events that were given up", state.outbox_parked),
        "marketplace_database_connections": ("Connections to PostgreSQL", state.connections),
        "marketplace_database_max_connections": ("At most so many", state.max_connections),
        "marketplace_database_bytes": ("Size of the database", state.database_bytes),
        "marketplace_worker_seen_seconds": (
            "Since any worker ended any task",
            state.worker_seen_seconds,
        ),
        "marketplace_pending_migrations": (
            "Migrations of this release that the database lacks",
            len(state.pending_migrations) if state.is_database_up else None,
        ),
    }
    for name, (what, value) in plain.items():
        yield _gauge(name, what, {} if value is None else {(): value})
    queues = state.queues.items()
    depths = {(name,): queue.depth for name, queue in queues}
    ages = {(name,): queue.age_seconds for name, queue in queues}
    yield _gauge("marketplace_queue_depth", "Tasks that wait", depths, ["queue"])
    yield _gauge("marketplace_queue_age_seconds", "How long the oldest waits", ages, ["queue"])
    yield _gauge(
        "marketplace_task_last_run_timestamp_seconds",
        "When a task last ended",
        state.task_runs,
        ["task", "outcome"],
    )
    yield _gauge(
        "marketplace_replication_lag_bytes",
        "What a replica has not applied yet; needs a user who may read pg_stat_replication",
        {(name,): lag for name, lag in state.replicas.items()},
        ["replica"],
    )
    yield _gauge(
        "marketplace_partition_months_ahead",
        "Months after this one that a table has partitions for",
        {(name,): months for name, months in state.months_ahead.items()},
        ["table"],
    )
    yield _gauge(
        "marketplace_disk_free_ratio",
        "Free part of the disk",
        {(name,): free for name, free in state.disk_free.items()},
        ["disk"],
    )


def _gauge(
    name: str, what: str, values: Mapping[Any, float], labels: Iterable[str] = ()
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=list(labels))
    for label_values, value in values.items():
        family.add_metric(list(label_values), value)
    return family
