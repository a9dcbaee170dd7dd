from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "marketplace.common"
    label = "common"

    def ready(self) -> None:
        # `shared_task` looks for the current app: without this, a web process would publish to a
        # broker of Celery's own default.
        import marketplace.celery  # noqa: F401
        from marketplace.common import checks  # noqa: F401
