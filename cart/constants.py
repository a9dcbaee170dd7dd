from typing import Final

from django.db import models

MAX_LINES: Final = 100
MAX_QUANTITY: Final = 999


class CartWarning(models.TextChoices):
    """What the owner of a cart should know about one of its lines before ordering."""

    PRICE_CHANGED = "price_changed"
    OUT_OF_STOCK = "out_of_stock"
    QUANTITY_REDUCED = "quantity_reduced"
    UNAVAILABLE = "unavailable"
    SHOP_ON_HOLIDAY = "shop_on_holiday"
