from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "orders.metrics"
    label = "metrics"
    verbose_name = "Metrics"
