"""Row scopes of endpoints and of what goes to them."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from marketplace.common.errors import NotFound
from notifications.webhooks.constants import WebhookDeliveryState, WebhookTopic

if TYPE_CHECKING:
    from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
    from shops.models import Shop


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def of(self, shop: "Shop | None") -> Self:
        """A shop's own, or, for None, those of the platform: any other's answer 404."""
        return self.filter(shop=shop)

    def subscribed(self, topic: WebhookTopic, shop_ids: Collection[UUID] | QuerySet[Any]) -> Self:
        """Those that hear of a topic of these shops; the platform's hear of every shop."""
        concerned = Q(shop__isnull=True) | Q(shop__in=shop_ids)
        return self.filter(concerned, is_active=True, topics__contains=[topic])

    def lock(self, endpoint_id: UUID) -> "WebhookEndpoint":
        """Read an endpoint for an update. Raises: NotFound."""
        # Not against those that make deliveries for it.
        row = self.filter(pk=endpoint_id).select_for_update(of=("self",), no_key=True).first()
        if row is None:
            raise NotFound
        return row


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def of(self, shop: "Shop | None") -> Self:
        """What went to a shop's own endpoints; for None, to those of the platform."""
        return self.filter(endpoint__shop=shop)

    def due(self, now: datetime) -> Self:
        """What may be tried now."""
        return self.filter(
            state=WebhookDeliveryState.PENDING, next_try_at__lte=now, endpoint__is_active=True
        )

    def first_of_each(self, number: int) -> Self:
        """Of each endpoint no more than so many, who waits longest first."""
        place = Window(
            RowNumber(),
            partition_by=[F("endpoint_id")],
            order_by=[F("next_try_at").asc(), F("id").asc()],
        )
        return self.alias(place=place).filter(place__lte=number)

    def claimed(self, delivery: "WebhookDelivery") -> Self:
        """The row, as long as nobody else has taken it over since it was claimed."""
        return self.filter(pk=delivery.pk, state=WebhookDeliveryState.PENDING, tries=delivery.tries)
