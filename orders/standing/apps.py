from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "orders.standing"
    label = "standing"
    verbose_name = "Standing of shops"
