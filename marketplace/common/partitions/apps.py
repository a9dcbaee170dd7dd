from django.apps import AppConfig


class PartitionsConfig(AppConfig):
    name = "marketplace.common.partitions"
    label = "partitions"
