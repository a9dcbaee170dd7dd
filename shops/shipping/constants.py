from enum import Enum
from typing import Final

from django.db import models

GRAMS_PER_STEP: Final = 1_000
COUNTRY: Final = "VN"


class Carrier(models.TextChoices):
    MANUAL = "MANUAL"
    GHTK = "GHTK"
    VIETTEL_POST = "VIETTEL_POST"


class ParcelStatus(models.TextChoices):
    """Where a parcel is, whoever carries it."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


# Nothing that a carrier says later moves a parcel any more.
ENDED: Final = frozenset({ParcelStatus.DELIVERED, ParcelStatus.RETURNED, ParcelStatus.CANCELLED})
# What is in it is not with the shop.
AWAY: Final = frozenset(
    {
        ParcelStatus.PICKED_UP,
        ParcelStatus.IN_TRANSIT,
        ParcelStatus.DELIVERED,
        ParcelStatus.FAILED,
    }
)


class Zone(models.TextChoices):
    """How far a parcel goes, seen from the shop."""

    SAME_PROVINCE = "same_province"
    SAME_REGION = "same_region"
    NATIONAL = "national"


class Region(Enum):
    NORTH = "north"
    CENTRAL = "central"
    SOUTH = "south"
