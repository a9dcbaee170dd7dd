import factory

from marketplace.common.ids import uuid7
from notifications.webhooks.constants import WebhookDeliveryState, WebhookTopic
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from shops.tests.factories import ShopFactory


class WebhookEndpointFactory(factory.django.DjangoModelFactory):
    """An endpoint that hears of everything."""

    class Meta:
        model = WebhookEndpoint

    shop = factory.SubFactory(ShopFactory)
    url = "https://hooks.example.com/in"
    topics = factory.LazyFunction(lambda: sorted(WebhookTopic.values))


class WebhookDeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    event_id = factory.LazyFunction(uuid7)
    topic = WebhookTopic.ORDER_PLACED
    body = factory.LazyAttribute(lambda row: f'{{"id":"{row.event_id}"}}')


class FailedWebhookFactory(WebhookDeliveryFactory):
    state = WebhookDeliveryState.FAILED
