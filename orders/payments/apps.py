from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "orders.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from orders.payments import handlers  # noqa: F401 - registers them
