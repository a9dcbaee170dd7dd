"""Who has to do with an endpoint."""

from uuid import UUID

from notifications.selectors import staff_who_may
from notifications.webhooks.models import WebhookEndpoint


def who_keeps(endpoint: WebhookEndpoint) -> list[UUID]:
    """Return the owner of an endpoint's shop; for one of the platform, the staff who may change it.

    `endpoint.shop` is loaded.
    """
    if endpoint.shop is not None:
        return [endpoint.shop.owner_id]
    return list(staff_who_may("webhooks.change_webhookendpoint"))
