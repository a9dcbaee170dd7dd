from typing import Final

from django.db import models


class AlertKind(models.TextChoices):
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROP = "price_drop"


# Alerts that a user waits for; those that were told do not count.
MAX_ALERTS: Final = 200
# Told in one transaction, and so by one event.
BATCH: Final = 500
# A told alert is shown for this long.
KEPT_DAYS: Final = 90
