from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "catalog.alerts"
    label = "alerts"
    verbose_name = "Product alerts"

    def ready(self) -> None:
        from catalog.alerts import handlers  # noqa: F401 - registers them
