from datetime import timedelta
from typing import Final

from django.db import models

from shops.shipping.constants import ENDED, ParcelStatus

__all__ = ["ENDED", "ShipmentStatus"]

ShipmentStatus = ParcelStatus

MAX_PARCELS: Final = 20
# Longer than all calls of one try can take: a worker that was killed loses its claim.
LEASE: Final = timedelta(minutes=2)
# Seconds between tries, each stretched at random; after the last one staff have a look.
BACKOFF_SECONDS: Final = (2, 5, 15, 60, 300, 900, 1800)
MAX_TRIES: Final = 8
POLL_EVERY: Final = timedelta(minutes=30)
# While a message waits to be confirmed by asking.
POLL_SOON: Final = timedelta(minutes=5)
# A message that the carrier's own word contradicts for so long is put before staff.
CONFIRM_WITHIN: Final = timedelta(hours=1)
SILENT_AFTER: Final = timedelta(hours=48)
# A report from further ahead than clocks differ is not believed.
MAX_AHEAD: Final = timedelta(days=1)


class BookingStatus(models.TextChoices):
    """How far a parcel's booking with its carrier has come."""

    BY_HAND = "by_hand", "By hand"
    PENDING = "pending", "To be booked"
    BOOKED = "booked", "Booked"
    CANCELLING = "cancelling", "To be called off"
    PARKED = "parked", "Failed: staff look at it"
    CANCELLED = "cancelled", "Called off"


class MessageOutcome(models.TextChoices):
    """What became of a carrier's message."""

    RECEIVED = "received"
    APPLIED = "applied"
    NO_STEP = "no_step", "Says nothing of where the parcel is"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_PARCEL = "unknown_parcel"
    OTHER_PARCEL = "other_parcel", "About another part of it"
    UNCONFIRMED = "unconfirmed"
    CONTRADICTED = "contradicted"
    IMPOSSIBLE_TIME = "impossible_time"
