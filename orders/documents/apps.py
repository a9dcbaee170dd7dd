from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "orders.documents"
    label = "documents"
    verbose_name = "Invoices and statements"

    def ready(self) -> None:
        from orders.documents import handlers  # noqa: F401 - registers them
