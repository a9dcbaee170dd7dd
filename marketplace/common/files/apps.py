from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "marketplace.common.files"
    label = "files"

    def ready(self) -> None:
        from marketplace.common.files import handlers  # noqa: F401 - registers them
