from typing import Any

from rest_framework import serializers

from marketplace.common.api.fields import LineField, SparseFieldsMixin, TextField
from notifications.webhooks.constants import MAX_URL_LENGTH, WebhookTopic
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint


class WebhookSerializer(SparseFieldsMixin, serializers.ModelSerializer[WebhookEndpoint]):
    """An endpoint; `failing_since` is set while it takes nothing."""

    topics = serializers.ListField(child=serializers.ChoiceField(choices=WebhookTopic.choices))

    class Meta:
        model = WebhookEndpoint
        fields = (
            *("id", "url", "description", "topics", "is_active"),
            *("failing_since", "switched_off_at", "rotated_at", "created_at", "updated_at"),
        )
        read_only_fields = fields


class NewWebhookSerializer(WebhookSerializer):
    """With the secret, which is shown in this answer alone."""

    secret = serializers.CharField(read_only=True, help_text="What messages are signed with.")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class WebhookInput(serializers.Serializer[Any]):
    url = TextField(
        max_length=MAX_URL_LENGTH,
        help_text="`https://` on port 443 of a public machine; redirects are not followed.",
    )
    description = LineField(max_length=100, required=False, allow_blank=True)
    topics = serializers.ListField(
        child=serializers.ChoiceField(choices=WebhookTopic.choices),
        allow_empty=False,
        max_length=len(WebhookTopic),
    )


class ChangeWebhookInput(WebhookInput):
    """What is left out stays; an endpoint that was switched off is switched on again here."""

    url = TextField(max_length=MAX_URL_LENGTH, required=False)
    topics = serializers.ListField(
        child=serializers.ChoiceField(choices=WebhookTopic.choices),
        allow_empty=False,
        max_length=len(WebhookTopic),
        required=False,
    )
    is_active = serializers.BooleanField(required=False)


class WebhookDeliverySerializer(SparseFieldsMixin, serializers.ModelSerializer[WebhookDelivery]):
    """A message and how far it has come; `body` is the text that was signed."""

    topic = serializers.ChoiceField(choices=WebhookTopic.choices)

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "event_id", "topic", "state", "tries", "response_status", "response_ms"),
            *("last_error", "first_try_at", "last_try_at", "next_try_at", "delivered_at"),
            *("body", "created_at"),
        )
        read_only_fields = fields
