"""Sending what waits: claimed in one transaction, sent outside any, recorded in another."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import requests
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.errors import InvalidTransition
from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, work_through
from marketplace.common.messaging import (
    Mailer,
    ProviderDown,
    RefusedForGood,
    SmsCapReached,
    send_sms,
)
from marketplace.common.outbox import nudge
from notifications.clock import is_quiet
from notifications.constants import PARK_AFTER, RETRY_SECONDS, SEND_LEASE, DeliveryState
from notifications.constants import DeliveryChannel as Channel
from notifications.mails import compose
from notifications.models import Delivery
from notifications.services.telling import SEND_TASK, contact_of

logger = logging.getLogger(__name__)

RUN_LIMIT = 2_000
# Many more than fit into the day after which a delivery is parked: its senders were killed.
MAX_TRIES = 100

Send = Callable[[Delivery, str], None]


def send_due(*, limit: int = RUN_LIMIT, dry_run: bool = False) -> JobResult:
    """Send what is due, SMS and then mail; each channel up to the limit.

    At least once: whoever is killed between the provider's yes and our note of it leaves a delivery
    that goes out again when its lease is over. Safe late, twice and beside itself.
    """
    if dry_run:
        now = timezone.now()
        return JobResult(done=sum(Delivery.objects.due(c, now)[:limit].count() for c in Channel))
    result = JobResult()
    _send_channel(Channel.SMS, _send_sms, limit, result)
    with Mailer() as mailer:
        _send_channel(Channel.EMAIL, lambda row, to: _send_mail(mailer, row, to), limit, result)
    return result


@transaction.atomic
def replay_delivery(delivery_id: UUID) -> None:
    """Put a parked or failed delivery back in the queue. Raises: InvalidTransition."""
    moved = Delivery.objects.filter(
        pk=delivery_id, state__in=(DeliveryState.PARKED, DeliveryState.FAILED)
    ).update(
        state=DeliveryState.PENDING,
        first_try_at=None,
        next_try_at=timezone.now(),
        in_digest=False,
        updated_at=Now(),
    )
    if not moved:
        raise InvalidTransition("Only a parked or failed delivery can be replayed.")
    nudge.after_commit(SEND_TASK)


def replay_parked(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Put parked deliveries back in the queue, as after an outage. Idempotent."""
    parked = Delivery.objects.filter(state=DeliveryState.PARKED).order_by("pk")
    ids = list(parked.values_list("pk", flat=True)[:limit])
    return JobResult(done=len(ids)) if dry_run else work_through(ids, _replay)


def _replay(delivery_id: UUID) -> bool:
    try:
        replay_delivery(delivery_id)
    except InvalidTransition:  # somebody else has done so
        return False
    return True


def _send_channel(channel: Channel, send: Send, limit: int, result: JobResult) -> None:
    for _ in range(limit):
        delivery = _claim(channel)
        if delivery is None or not _try(delivery, send, result):
            return


@transaction.atomic
def _claim(channel: Channel) -> Delivery | None:
    """Take one delivery for the time of the lease; nobody waits for anybody."""
    now = timezone.now()
    due = Delivery.objects.due(channel, now)
    if channel == Channel.SMS and is_quiet(now):
        due = due.filter(is_urgent=True)
    delivery = (
        due.select_for_update(skip_locked=True, of=("self",))
        .select_related("notification__user")
        .first()
    )
    if delivery is None:
        return None
    delivery.tries += 1
    delivery.first_try_at = delivery.first_try_at or now
    delivery.next_try_at = now + SEND_LEASE
    delivery.save(update_fields=["tries", "first_try_at", "next_try_at", "updated_at"])
    return delivery


def _try(delivery: Delivery, send: Send, result: JobResult) -> bool:
    """Send one and note what came of it; False when there is no use in going on."""
    user = delivery.notification.user
    to = delivery.destination or contact_of(user, Channel(delivery.channel))
    try:
        if not to or user.closed_at:
            raise RefusedForGood("The user has no confirmed contact on this channel.")
        send(delivery, to)
    except RefusedForGood as error:
        note_refused([delivery], error)
        result.failed += 1
    except SmsCapReached as error:
        note_later(delivery, timedelta(seconds=min(error.retry_after or 0, 3600)))
        result.skipped += 1
        return False
    except ProviderDown as error:
        note_failure([delivery], error)
        result.failed += 1
        return False
    except (OSError, requests.RequestException) as error:
        note_failure([delivery], error)
        result.failed += 1
    except Exception as error:
        # One that cannot be put into words must not keep the others from their turn.
        logger.exception("Delivery %s failed", delivery.pk)
        note_failure([delivery], error)
        result.failed += 1
    else:
        note_sent([delivery])
        result.done += 1
    return True


def _send_sms(delivery: Delivery, to: str) -> None:
    send_sms(to=to, body=delivery.text, key=str(delivery.pk), is_essential=delivery.is_urgent)


def _send_mail(mailer: Mailer, delivery: Delivery, to: str) -> None:
    mail = compose(delivery)
    mailer.send(to=to, subject=mail.subject, body=mail.body, html=mail.html, headers=mail.headers)


def note_sent(deliveries: list[Delivery]) -> None:
    """Note that what was claimed is out; the address is needed no longer."""
    for delivery in deliveries:
        Delivery.objects.claimed(delivery).update(
            state=DeliveryState.SENT, sent_at=Now(), destination="", last_error="", updated_at=Now()
        )


def note_refused(deliveries: list[Delivery], error: Exception) -> None:
    """Note that what was claimed will never be taken."""
    for delivery in deliveries:
        Delivery.objects.claimed(delivery).update(
            state=DeliveryState.FAILED, last_error=_text(error), updated_at=Now()
        )


def note_later(delivery: Delivery, pause: timedelta) -> None:
    """Put a claimed delivery back as if it had not been tried."""
    Delivery.objects.claimed(delivery).update(
        tries=delivery.tries - 1,
        first_try_at=delivery.first_try_at if delivery.tries > 1 else None,
        next_try_at=timezone.now() + pause,
        updated_at=Now(),
    )


def note_failure(deliveries: list[Delivery], error: Exception) -> None:
    """Note that what was claimed did not go out: it is tried later, and parked after a day."""
    now = timezone.now()
    for delivery in deliveries:
        is_spent = _is_spent(delivery, now)
        Delivery.objects.claimed(delivery).update(
            state=DeliveryState.PARKED if is_spent else DeliveryState.PENDING,
            next_try_at=now + _pause(delivery.tries),
            last_error=_text(error),
            updated_at=Now(),
        )
        if is_spent:
            logger.error("Delivery %s (%s) is parked: %s", delivery.pk, delivery.channel, error)


def _is_spent(delivery: Delivery, now: datetime) -> bool:
    since = delivery.first_try_at or now
    return now - since >= PARK_AFTER or delivery.tries > MAX_TRIES


def _pause(tries: int) -> timedelta:
    """Return a pause that grows, and that many who failed together do not end together."""
    seconds = RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
