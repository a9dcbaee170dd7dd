from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "marketplace.common.limits"
    label = "limits"
