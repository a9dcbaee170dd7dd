"""Sending what waits: claimed in one transaction, sent outside any, recorded in another.

Threads only talk to endpoints; the database is the caller's alone.
"""

import logging
import random
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.errors import NotFound
from marketplace.common.jobs import JobResult
from marketplace.common.locks import job_lock
from marketplace.common.outbox.services import publish
from marketplace.common.outgoing import CallFailed
from marketplace.common.strangers import UrlRefused, post
from notifications.webhooks.constants import (
    ANSWER_SECONDS,
    GIVE_UP_AFTER,
    RETRY_SECONDS,
    RUN_SECONDS,
    SEND_LEASE,
    SENDERS,
    SENDERS_PER_ENDPOINT,
    SWITCH_OFF_AFTER,
    WebhookDeliveryState,
)
from notifications.webhooks.events import WebhookSwitchedOff
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.services.endpoints import drop_waiting
from notifications.webhooks.signing import signature_of

logger = logging.getLogger(__name__)

RUN_LIMIT = 2_000
# Many more than fit into the day after which one has failed: its senders were killed.
MAX_TRIES = 100


@dataclass(frozen=True)
class Outcome:
    """What came of one try; no status: there was no answer."""

    milliseconds: int
    status: int | None = None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send_due(*, limit: int = RUN_LIMIT, dry_run: bool = False) -> JobResult:
    """Send what is due, as many at once as there are senders.

    At least once: whoever is killed between an endpoint's yes and our note of it leaves a delivery
    that goes out again, with the same id, when its lease is over. Safe late, twice and beside
    itself.
    """
    if dry_run:
        return JobResult(done=WebhookDelivery.objects.due(timezone.now())[:limit].count())
    with job_lock("webhooks.send") as is_ours:
        if not is_ours:
            return JobResult(is_running_elsewhere=True)
        return _send(limit)


def _send(limit: int) -> JobResult:
    result, until = JobResult(), time.monotonic() + RUN_SECONDS
    waiting: dict[Future[Outcome], WebhookDelivery] = {}
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook") as pool:
        while True:
            if limit > 0 and time.monotonic() < until:
                claimed = claim(
                    min(limit, SENDERS - len(waiting)),
                    busy=Counter(row.endpoint_id for row in waiting.values()),
                )
                limit -= len(claimed)
                waiting |= {pool.submit(attempt, row): row for row in claimed}
            if not waiting:
                return result
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                outcome = future.result()
                note(waiting.pop(future), outcome)
                if outcome.is_taken:
                    result.done += 1
                else:
                    result.failed += 1


@transaction.atomic
def claim(limit: int, *, busy: Counter[UUID] | None = None) -> list[WebhookDelivery]:
    """Take deliveries for the time of the lease; nobody waits for anybody.

    No endpoint gets more than its share at once; `busy` counts what is with each already.
    """
    now, busy = timezone.now(), busy or Counter()
    full = [pk for pk, count in busy.items() if count >= SENDERS_PER_ENDPOINT]
    due = WebhookDelivery.objects.due(now).exclude(endpoint_id__in=full)
    picked = due.first_of_each(SENDERS_PER_ENDPOINT).order_by("next_try_at", "id")
    ids = list(picked.values_list("pk", flat=True)[:limit])
    rows = (
        WebhookDelivery.objects.due(now)
        .filter(pk__in=ids)
        .select_related("endpoint")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_try_at", "id")
    )
    claimed = []
    for delivery in rows:
        if busy[delivery.endpoint_id] >= SENDERS_PER_ENDPOINT:
            continue
        busy[delivery.endpoint_id] += 1
        delivery.tries += 1
        delivery.first_try_at = delivery.first_try_at or now
        delivery.last_try_at = now
        delivery.next_try_at = now + SEND_LEASE
        claimed.append(delivery)
    if claimed:
        WebhookDelivery.objects.bulk_update(
            claimed, ["tries", "first_try_at", "last_try_at", "next_try_at"]
        )
    return claimed


def attempt(delivery: WebhookDelivery) -> Outcome:
    """Send one message; whatever happens is an outcome."""
    started = time.monotonic()
    status, error = None, ""
    try:
        status = post(
            delivery.endpoint.url,
            body=delivery.body.encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": "Marketplace-Webhooks/1",
                "X-Webhook-Id": str(delivery.event_id),
                "X-Webhook-Topic": delivery.topic,
                "X-Webhook-Signature": signature_of(
                    delivery.endpoint, delivery.body, at=timezone.now()
                ),
            },
            timeout_seconds=ANSWER_SECONDS,
            private_allowed=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES,
        )
    except (CallFailed, UrlRefused) as refused:
        error = str(refused)
    except Exception as bug:
        # One that cannot be sent must not keep the others from their turn.
        logger.exception("Webhook delivery %s failed", delivery.pk)
        error = type(bug).__name__
    return Outcome(round((time.monotonic() - started) * 1000), status, error[:200])


@transaction.atomic
def note(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Write down what came of a claimed delivery: taken, tried again later, or given up.

    Locks: the endpoint, then the delivery.
    Publishes: webhooks.switched_off.
    """
    try:
        endpoint = WebhookEndpoint.objects.lock(delivery.endpoint_id)
    except NotFound:  # deleted since
        return
    now = timezone.now()
    is_spent = now - (delivery.first_try_at or now) >= GIVE_UP_AFTER or delivery.tries > MAX_TRIES
    if outcome.is_taken:
        state = WebhookDeliveryState.DELIVERED
    else:
        state = WebhookDeliveryState.FAILED if is_spent else WebhookDeliveryState.PENDING
    noted = WebhookDelivery.objects.claimed(delivery).update(
        state=state,
        delivered_at=now if outcome.is_taken else None,
        next_try_at=now + _pause(delivery.tries),
        response_status=outcome.status,
        response_ms=outcome.milliseconds,
        last_error=outcome.error or ("" if outcome.is_taken else f"HTTP {outcome.status}"),
        updated_at=Now(),
    )
    if not noted:  # taken over since, or given up with its endpoint
        return
    if not outcome.is_taken:
        _note_failure(endpoint, now)
    elif endpoint.failing_since and endpoint.is_active:
        endpoint.failing_since = None
        endpoint.save(update_fields=["failing_since", "updated_at"])


def _note_failure(endpoint: WebhookEndpoint, now: datetime) -> None:
    if not endpoint.is_active:
        drop_waiting(endpoint)
    elif endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since", "updated_at"])
    elif now - endpoint.failing_since >= SWITCH_OFF_AFTER:
        endpoint.is_active, endpoint.switched_off_at = False, now
        endpoint.save(update_fields=["is_active", "switched_off_at", "updated_at"])
        drop_waiting(endpoint)
        publish(WebhookSwitchedOff(endpoint_id=endpoint.pk))


def _pause(tries: int) -> timedelta:
    """Return a pause that grows, and that many who failed together do not end together."""
    seconds = RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret
