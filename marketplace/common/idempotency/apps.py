from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "marketplace.common.idempotency"
    label = "idempotency"
