"""One mail a day, for those who want it that way."""

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from marketplace.common.jobs import DEFAULT_LIMIT, JobResult, one_at_a_time
from marketplace.common.messaging import Mailer, ProviderDown, RefusedForGood
from notifications.constants import SEND_LEASE
from notifications.constants import DeliveryChannel as Channel
from notifications.mails import compose_digest
from notifications.models import Delivery
from notifications.services.sending import note_failure, note_refused, note_sent
from notifications.services.telling import contact_of

logger = logging.getLogger(__name__)

# So many messages stand in one mail; what is left comes right behind it.
MAX_ROWS = 100


@one_at_a_time("notifications.digest")
def send_digests(*, limit: int = DEFAULT_LIMIT, dry_run: bool = False) -> JobResult:
    """Send each user who is due the messages since the last daily mail, and note which these were.

    Safe late, twice and beside itself: one runs at a time, and what was sent is not due again.
    """
    due = Delivery.objects.due_for_digest(timezone.now())
    users = list(
        due.order_by("notification__user_id")
        .values_list("notification__user_id", flat=True)
        .distinct()[:limit]
    )
    if dry_run:
        return JobResult(done=len(users))
    result = JobResult()
    with Mailer() as mailer:
        for user_id in users:
            if not _send_digest(user_id, mailer, result):
                break
    return result


def _send_digest(user_id: UUID, mailer: Mailer, result: JobResult) -> bool:
    """Send one user's mail; False when there is no use in going on."""
    deliveries = _claim(user_id)
    if not deliveries:
        result.skipped += 1
        return True
    user = deliveries[0].notification.user
    try:
        to = contact_of(user, Channel.EMAIL)
        if not to or user.closed_at:
            raise RefusedForGood("The user has no confirmed mailbox.")
        mail = compose_digest(user, [delivery.notification for delivery in deliveries])
        mailer.send(
            to=to, subject=mail.subject, body=mail.body, html=mail.html, headers=mail.headers
        )
    except RefusedForGood as error:
        note_refused(deliveries, error)
        result.failed += 1
    except Exception as error:
        logger.exception("The daily mail of user %s failed", user_id)
        note_failure(deliveries, error)
        result.failed += 1
        return not isinstance(error, ProviderDown)
    else:
        note_sent(deliveries)
        result.done += 1
    return True


@transaction.atomic
def _claim(user_id: UUID) -> list[Delivery]:
    now = timezone.now()
    deliveries = list(
        Delivery.objects.due_for_digest(now)
        .filter(notification__user_id=user_id)
        .select_related("notification__user")
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))[:MAX_ROWS]
    )
    for delivery in deliveries:
        delivery.tries += 1
        delivery.first_try_at = delivery.first_try_at or now
        delivery.next_try_at = now + SEND_LEASE
        delivery.updated_at = now
    Delivery.objects.bulk_update(deliveries, ["tries", "first_try_at", "next_try_at", "updated_at"])
    return deliveries
