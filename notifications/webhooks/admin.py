from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin, row_action
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.services.endpoints import change_endpoint, replay_delivery


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin, ModelAdmin[WebhookEndpoint]):
    """Addresses that hear of shops; sellers and staff register theirs by the API."""

    list_display = ["url", "shop", "is_active", "failing_since", "switched_off_at", "created_at"]
    list_filter = ["is_active", "created_at"]
    list_select_related = ["shop"]
    search_fields = ["=url", "=shop__slug"]
    search_help_text = "A whole address, slug of a shop or id."
    ordering = ["-id"]
    actions = ["switch_off", "switch_on"]

    @row_action(description="Switch off selected endpoints", permissions=["switch"])
    def switch_off(self, request: HttpRequest, endpoint_id: UUID) -> None:
        change_endpoint(endpoint_id, is_active=False)

    @row_action(description="Switch on selected endpoints", permissions=["switch"])
    def switch_on(self, request: HttpRequest, endpoint_id: UUID) -> None:
        change_endpoint(endpoint_id, is_active=True)

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhookendpoint")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin, ModelAdmin[WebhookDelivery]):
    """What went to endpoints in the last month, and how they answered."""

    list_display = [
        *("topic", "endpoint", "state", "tries", "response_status", "last_error", "created_at")
    ]
    list_filter = ["state", "topic", "created_at"]
    list_select_related = ["endpoint"]
    search_fields = ["=endpoint__url"]
    search_help_text = "A whole address, or an id of the delivery or of its event."
    id_fields = ("pk", "endpoint_id", "event_id")
    ordering = ["-id"]
    actions = ["replay"]

    @row_action(description="Replay selected deliveries", permissions=["replay"])
    def replay(self, request: HttpRequest, delivery_id: UUID) -> None:
        replay_delivery(delivery_id)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhookdelivery")
