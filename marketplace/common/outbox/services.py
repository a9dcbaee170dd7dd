"""Publish events, and hand them to their handlers at least once."""

import logging
import traceback
from dataclasses import fields
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.inserts import insert_rows
from marketplace.common.metrics import EVENTS
from marketplace.common.outbox import nudge
from marketplace.common.outbox.events import Event
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.registry import Handler, handled_event_id, handlers_of, is_known
from marketplace.common.pruning import delete_in_batches

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
# A dispatcher that was killed loses its claim after this long.
LEASE = timedelta(seconds=60)
BACKOFF_SECONDS = (1, 5, 15, 60, 300, 900, 3600)
KEEP_DONE = timedelta(days=14)


def publish(*events: Event) -> None:
    """Write events in the caller's transaction; the worker is nudged once it has committed.

    Raises: RuntimeError outside a transaction, where an event could tell of what never happened.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish() needs the transaction of what it tells of")
    if not events:
        return
    insert_rows(
        [
            OutboxEvent(topic=event.topic, key=_key(event), payload=event.payload())
            for event in events
        ]
    )
    nudge.after_commit()


def dispatch(*, limit: int = 500) -> tuple[int, int]:
    """Hand due events to their handlers; returns how many were done and how many failed.

    Safe beside itself: an event is claimed by one dispatcher at a time. A handler that fails is
    tried again with growing pauses, and its event is parked after MAX_ATTEMPTS.
    """
    done = failed = 0
    while done + failed < limit and (event := _claim()) is not None:
        if _hand_over(event):
            done += 1
        else:
            failed += 1
    return done, failed


def replay(event_id: UUID) -> bool:
    """Put a parked event back in the queue; handlers that had run do not run again."""
    moved = OutboxEvent.objects.filter(pk=event_id, status=OutboxStatus.PARKED).update(
        status=OutboxStatus.PENDING, attempts=0, available_at=Now(), updated_at=Now()
    )
    return moved == 1


def prune_done() -> int:
    """Delete events that were done long ago; returns how many. Safe late, twice, beside itself."""
    return delete_in_batches(
        OutboxEvent.objects.filter(status=OutboxStatus.DONE, done_at__lt=timezone.now() - KEEP_DONE)
    )


def _key(event: Event) -> str:
    """The first id of an event names the row it is about."""
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, tuple) and value:
            value = value[0]
        if isinstance(value, UUID):
            return str(value)
    return ""


@transaction.atomic
def _claim() -> OutboxEvent | None:
    event = (
        OutboxEvent.objects.filter(status=OutboxStatus.PENDING, available_at__lte=Now())
        .order_by("available_at", "id")
        .select_for_update(skip_locked=True)
        .first()
    )
    if event is None:
        return None
    event.attempts += 1
    event.available_at = timezone.now() + LEASE
    event.save(update_fields=["attempts", "available_at", "updated_at"])
    return event


def _hand_over(event: OutboxEvent) -> bool:
    errors = _errors(event)
    claimed = OutboxEvent.objects.filter(
        pk=event.pk, status=OutboxStatus.PENDING, attempts=event.attempts
    )
    if not errors:
        claimed.update(status=OutboxStatus.DONE, done_at=Now(), last_error="", updated_at=Now())
        EVENTS.add(event.topic, "done")
        return True
    is_spent = event.attempts >= MAX_ATTEMPTS
    pause = BACKOFF_SECONDS[min(event.attempts, len(BACKOFF_SECONDS)) - 1]
    claimed.update(
        status=OutboxStatus.PARKED if is_spent else OutboxStatus.PENDING,
        available_at=timezone.now() + timedelta(seconds=pause),
        last_error=errors[0][-4000:],
        updated_at=Now(),
    )
    EVENTS.add(event.topic, "parked" if is_spent else "failed")
    if is_spent:
        logger.error("Outbox event %s (%s) is parked", event.pk, event.topic)
    return False


def _errors(event: OutboxEvent) -> list[str]:
    """Run the handlers that have not run yet; returns what went wrong."""
    # More claims than tries: its dispatchers were killed, perhaps by the event itself.
    if event.attempts > MAX_ATTEMPTS:
        return ["Whoever handed it over was killed each time."]
    # A newer release published it beside this one: done here would be lost there.
    if not is_known(event.topic):
        return [f"This release knows no event {event.topic}."]
    return [
        error
        for handler in handlers_of(event.topic)
        if handler.name not in event.handled_by and (error := _run(handler, event))
    ]


def _run(handler: Handler, event: OutboxEvent) -> str:
    """Run one handler; returns its error as text, or an empty one."""
    token = handled_event_id.set(event.pk)
    try:
        message = handler.event_class.from_payload(event.payload)
        if handler.is_external:
            handler.function(message)
            _mark(handler, event)
            return ""
        with transaction.atomic():
            # The mark first: it locks the row, so that a dispatcher whose lease ran out and the one
            # that took over cannot both run the handler.
            if _mark(handler, event):
                handler.function(message)
        return ""
    except Exception:
        logger.exception("Handler %s failed on %s %s", handler.name, event.topic, event.pk)
        return traceback.format_exc()
    finally:
        handled_event_id.reset(token)


def _mark(handler: Handler, event: OutboxEvent) -> bool:
    marked = (
        OutboxEvent.objects.filter(pk=event.pk)
        .exclude(Q(handled_by__contains=[handler.name]))
        .update(handled_by=Func(F("handled_by"), Value(handler.name), function="array_append"))
    )
    return marked == 1
