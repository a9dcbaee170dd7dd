"""Endpoints, as sellers and staff keep them."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.locks import transaction_lock
from marketplace.common.outbox import nudge
from marketplace.common.pruning import delete_in_batches
from marketplace.common.rows import locked
from marketplace.common.strangers import UrlRefused, check_url
from notifications.webhooks.constants import MAX_ENDPOINTS, WebhookDeliveryState
from notifications.webhooks.errors import TooManyWebhooks
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.services.making import SEND_TASK
from notifications.webhooks.signing import secret_of
from shops.models import Shop


@transaction.atomic
def create_endpoint(
    shop: Shop | None, *, url: str, topics: list[str], description: str = ""
) -> tuple[WebhookEndpoint, str]:
    """Register an endpoint of a shop, or of the platform; its secret is returned once.

    Locks: the shop. Raises: InvalidInput for an address that is not sent to; TooManyWebhooks;
    NotFound when the shop was handed over since it was read: its new owner would not know of it.
    """
    _check(url)
    if shop is not None and locked(Shop.objects, shop.pk).owner_id != shop.owner_id:
        raise NotFound
    transaction_lock(f"webhooks:{shop.pk if shop else 'platform'}")
    if WebhookEndpoint.objects.of(shop).count() >= MAX_ENDPOINTS:
        raise TooManyWebhooks
    endpoint = WebhookEndpoint.objects.create(
        shop=shop, url=url, topics=sorted(set(topics)), description=description
    )
    return endpoint, secret_of(endpoint)


@transaction.atomic
def change_endpoint(endpoint_id: UUID, **changes: Any) -> WebhookEndpoint:
    """Change `url`, `topics`, `description` or `is_active`.

    What waits for an endpoint that is switched off has failed and can be replayed; one that is
    switched on again begins with a clean record.
    Locks: the endpoint. Raises: NotFound; InvalidInput for an address that is not sent to.
    """
    if "url" in changes:
        _check(changes["url"])
    if "topics" in changes:
        changes["topics"] = sorted(set(changes["topics"]))
    endpoint = WebhookEndpoint.objects.lock(endpoint_id)
    if changes.get("is_active") and not endpoint.is_active:
        changes |= {"failing_since": None, "switched_off_at": None}
    for name, value in changes.items():
        setattr(endpoint, name, value)
    if changes:
        endpoint.save(update_fields=[*changes, "updated_at"])
    if not endpoint.is_active:
        drop_waiting(endpoint)
    return endpoint


def switch_off_endpoints(shop_id: UUID, *, made_before: UUID) -> None:
    """Switch off what a shop's former owner registered; those with a later id stay. Idempotent."""
    endpoints = WebhookEndpoint.objects.filter(shop=shop_id, is_active=True, pk__lt=made_before)
    for endpoint_id in endpoints.order_by("pk").values_list("pk", flat=True):
        change_endpoint(endpoint_id, is_active=False)


@transaction.atomic
def rotate_secret(endpoint_id: UUID) -> tuple[WebhookEndpoint, str]:
    """Replace the secret; for a day, messages are signed with the one before as well.

    Locks: the endpoint. Raises: NotFound.
    """
    endpoint = WebhookEndpoint.objects.lock(endpoint_id)
    endpoint.secret_version += 1
    endpoint.rotated_at = timezone.now()
    endpoint.save(update_fields=["secret_version", "rotated_at", "updated_at"])
    return endpoint, secret_of(endpoint)


def delete_endpoint(endpoint_id: UUID) -> None:
    """Delete an endpoint and its log; what waits is not sent. Raises: NotFound."""
    endpoints = WebhookEndpoint.objects.filter(pk=endpoint_id)
    if not endpoints.update(is_active=False, updated_at=Now()):
        raise NotFound
    # Before the cascade, which would be one statement however long the log is.
    delete_in_batches(WebhookDelivery.objects.filter(endpoint=endpoint_id))
    endpoints.delete()


def drop_waiting(endpoint: WebhookEndpoint) -> None:
    """Give up what waits for an endpoint that has been switched off."""
    WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookDeliveryState.PENDING).update(
        state=WebhookDeliveryState.FAILED,
        last_error="The endpoint was switched off.",
        updated_at=Now(),
    )


@transaction.atomic
def replay_delivery(delivery_id: UUID) -> WebhookDelivery:
    """Send a message again, with the id and the body it had; it is tried for another day.

    Locks: the endpoint, then the delivery.
    Raises: NotFound; InvalidTransition while it waits, or when its endpoint is switched off.
    """
    rows = WebhookDelivery.objects.filter(pk=delivery_id)
    endpoint_id = rows.values_list("endpoint", flat=True).first()
    if endpoint_id is None:
        raise NotFound
    endpoint = WebhookEndpoint.objects.lock(endpoint_id)
    delivery = rows.select_for_update(of=("self",)).first()
    if delivery is None:
        raise NotFound
    if delivery.state == WebhookDeliveryState.PENDING:
        raise InvalidTransition("The message is on its way already.")
    if not endpoint.is_active:
        raise InvalidTransition("The endpoint is switched off.")
    delivery.state = WebhookDeliveryState.PENDING
    delivery.first_try_at = delivery.delivered_at = None
    delivery.next_try_at = timezone.now()
    delivery.save(
        update_fields=["state", "first_try_at", "delivered_at", "next_try_at", "updated_at"]
    )
    nudge.after_commit(SEND_TASK)
    return delivery


def _check(url: str) -> None:
    try:
        check_url(url, private_allowed=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES)
    except UrlRefused as error:
        raise InvalidInput("url", str(error)) from error
