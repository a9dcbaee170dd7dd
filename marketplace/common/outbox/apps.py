from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "marketplace.common.outbox"
    label = "outbox"
    verbose_name = "Events"
