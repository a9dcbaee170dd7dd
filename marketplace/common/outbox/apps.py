from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    name = "marketplace.common.outbox"
    label = "outbox"

    def ready(self) -> None:
        # Every process must know every event of its release: see `registry.is_known`.
        autodiscover_modules("events")
