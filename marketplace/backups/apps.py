from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "marketplace.backups"
    label = "backups"
