"""Messages to endpoints, made in the transaction of the handler that knows of the event."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.common.outbox import nudge
from notifications.webhooks.constants import WebhookTopic
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint

SEND_TASK = "webhooks.send"


def tell_endpoints(
    topic: WebhookTopic,
    *,
    event_id: UUID,
    shops: Collection[UUID] | QuerySet[Any],
    data: Callable[[], tuple[UUID, dict[str, Any]]],
) -> int:
    """Make a delivery for each endpoint that hears of a topic of one shop; returns how many.

    `shops` names the shop, or is a query for its id; `data` is called for the shop's id and what
    the message says, if anybody listens.
    Idempotent: an endpoint is told once of an event.
    """
    endpoints = list(WebhookEndpoint.objects.subscribed(topic, shops))
    if not endpoints:
        return 0
    shop_id, said = data()
    body = {
        "id": str(event_id),
        "topic": topic.value,
        "created_at": timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "shop_id": str(shop_id),
        "data": said,
    }
    text = orjson.dumps(body).decode()
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(endpoint=endpoint, event_id=event_id, topic=topic, body=text)
            for endpoint in endpoints
        ],
        ignore_conflicts=True,
    )
    nudge.after_commit(SEND_TASK)
    return len(endpoints)
