from django.db import models


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
