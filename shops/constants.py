from typing import Final

from django.db import models


class ShopStatus(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CLOSED = "closed"


TRANSITIONS: Final[dict[ShopStatus, frozenset[ShopStatus]]] = {
    ShopStatus.PENDING: frozenset({ShopStatus.APPROVED, ShopStatus.REJECTED}),
    ShopStatus.REJECTED: frozenset({ShopStatus.PENDING}),
    ShopStatus.APPROVED: frozenset({ShopStatus.SUSPENDED, ShopStatus.CLOSED}),
    ShopStatus.SUSPENDED: frozenset({ShopStatus.APPROVED, ShopStatus.CLOSED}),
    ShopStatus.CLOSED: frozenset(),
}

# What staff may ask for over the API; the table above says from where.
STAFF_STEPS: Final = [
    (status.value, status.label)
    for status in (ShopStatus.APPROVED, ShopStatus.REJECTED, ShopStatus.SUSPENDED)
]

# States in which the seller may still prepare things; the others only serve what was ordered.
EDITABLE: Final = frozenset({ShopStatus.PENDING, ShopStatus.REJECTED, ShopStatus.APPROVED})


class ShopImage(models.TextChoices):
    LOGO = "logo"
    BANNER = "banner"


class ShopOrdering(models.TextChoices):
    NEWEST = "newest"
    RATING = "rating"
    POPULAR = "popular"


class Weekday(models.TextChoices):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


# Such as a morning, an afternoon and an evening.
MAX_RANGES_PER_DAY: Final = 3
TIME_OF_DAY: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"


class TeamRole(models.TextChoices):
    """What a member of a shop's team may do for it; its owner may do everything."""

    CATALOGUE = "catalogue"
    ORDERS = "orders"
    FINANCE = "finance"


# How the owner is named beside the roles of members; it can be handed over, not given.
OWNER: Final = "owner"
INVITATION_DAYS: Final = 7
MAX_MEMBERS: Final = 50
MAX_OPEN_INVITATIONS: Final = 50
INVITATIONS_PER_DAY: Final = 100
MAX_MEMBERSHIPS: Final = 50

MAX_HOLIDAY_DAYS: Final = 60
MAX_HOLIDAY_AHEAD_DAYS: Final = 365

BANK_ACCOUNT_MASK: Final = "••••"
MAX_LOCATIONS_PER_SHOP: Final = 100
DEFAULT_RADIUS_KM: Final = 50.0
MAX_RADIUS_KM: Final = 1_000.0
