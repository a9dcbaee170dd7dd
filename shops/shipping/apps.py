from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "shops.shipping"
    label = "shipping"
    verbose_name = "Shipping"
