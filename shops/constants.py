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
