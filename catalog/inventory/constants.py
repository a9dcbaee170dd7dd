from typing import Final

from django.db import models

# Units left to sell at which a seller is told, unless the seller says otherwise.
LOW_STOCK_THRESHOLD: Final = 5
# Nobody can pay online in less.
MIN_HOLD_SECONDS: Final = 120


class ReservationStatus(models.TextChoices):
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


class MovementReason(models.TextChoices):
    RECEIVED = "received"
    ADJUSTED = "adjusted"
    SOLD = "sold"
    RETURNED = "returned"
    DAMAGED = "damaged"
    IMPORTED = "imported"
