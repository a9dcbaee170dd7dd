"""Filters of an endpoint's log."""

from django_filters import ChoiceFilter
from django_filters.rest_framework.filterset import FilterSet

from notifications.webhooks.constants import WebhookDeliveryState, WebhookTopic
from notifications.webhooks.models import WebhookDelivery


class WebhookDeliveryFilter(FilterSet):
    state = ChoiceFilter(choices=WebhookDeliveryState.choices)
    topic = ChoiceFilter(choices=WebhookTopic.choices)

    class Meta:
        model = WebhookDelivery
        fields = ("state", "topic")
