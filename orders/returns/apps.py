from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "orders.returns"
    label = "returns"
    verbose_name = "Returns"

    def ready(self) -> None:
        from orders.returns import handlers  # noqa: F401 - registers them
