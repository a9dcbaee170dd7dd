"""Endpoints of sellers and of the platform, and what goes to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.common.models import BaseModel
from notifications.webhooks.constants import MAX_URL_LENGTH, WebhookDeliveryState, WebhookTopic
from notifications.webhooks.querysets import WebhookDeliveryQuerySet, WebhookEndpointQuerySet
from shops.models import Shop


class WebhookEndpoint(BaseModel):
    """An address that hears of a shop's events; without a shop, of every shop's.

    Its secret is nowhere stored: `signing` derives it from the row and a setting.
    """

    shop = models.ForeignKey(
        Shop, models.PROTECT, null=True, blank=True, related_name="webhook_endpoints"
    )
    url = models.CharField(max_length=MAX_URL_LENGTH)
    description = models.CharField(max_length=100, blank=True)
    topics = ArrayField(models.CharField(max_length=30, choices=WebhookTopic.choices))
    is_active = models.BooleanField(default=True)
    secret_version = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="The first of the tries of which none was taken since."
    )
    switched_off_at = models.DateTimeField(
        null=True, blank=True, help_text="When the site did so, as nothing was taken for days."
    )

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="webhook_endpoint_switched_off_is_off",
                condition=Q(switched_off_at__isnull=True) | Q(is_active=False),
            )
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(BaseModel):
    """One message to one endpoint, and how far it has come; due when `next_try_at` has passed.

    Who sends it moves `next_try_at` on, which keeps others from it until the lease is over. `body`
    stays what it was at first, whatever happened since.
    """

    # The index of the log begins with it.
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    event_id = models.UUIDField(help_text="The same in every try, and at every endpoint.")
    topic = models.CharField(max_length=30, choices=WebhookTopic.choices)
    body = models.TextField()
    state = models.CharField(
        max_length=10,
        choices=WebhookDeliveryState.choices,
        default=WebhookDeliveryState.PENDING,
    )
    tries = models.PositiveIntegerField(default=0)
    first_try_at = models.DateTimeField(null=True, blank=True)
    last_try_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_ms = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                name="webhook_delivery_once_per_event", fields=["endpoint", "event_id"]
            ),
            models.CheckConstraint(
                name="webhook_delivery_delivered_has_its_time",
                condition=Q(state=WebhookDeliveryState.DELIVERED, delivered_at__isnull=False)
                | (~Q(state=WebhookDeliveryState.DELIVERED) & Q(delivered_at__isnull=True)),
            ),
        ]
        indexes = [
            # What the sender claims; delivered ones, nearly all, are not in it.
            models.Index(
                name="webhook_delivery_due",
                fields=["next_try_at", "id"],
                condition=Q(state=WebhookDeliveryState.PENDING),
            ),
            models.Index(name="webhook_delivery_log", fields=["endpoint", "id"]),
            # For pruning.
            models.Index(name="webhook_delivery_made", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.event_id}"
