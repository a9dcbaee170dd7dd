from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "marketplace.common.moderation"
    label = "moderation"
    verbose_name = "Reasons of decisions"
