from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "catalog.bulk"
    label = "bulk"

    def ready(self) -> None:
        from catalog.bulk import handlers  # noqa: F401 - registers them
