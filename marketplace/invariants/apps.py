from django.apps import AppConfig


class InvariantsConfig(AppConfig):
    name = "marketplace.invariants"
    label = "invariants"
