from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "orders.settlement"
    label = "settlement"
    verbose_name = "Settlement"
