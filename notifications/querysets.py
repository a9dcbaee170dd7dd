"""Row scopes of notifications and their deliveries."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

from notifications.constants import DeliveryChannel, DeliveryState

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Delivery, Notification  # noqa: F401

# Where a notification stands in its user's list.
Place = tuple[datetime, UUID]


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> Self:
        """The user's own: anybody else's answer 404."""
        return self.filter(user=user)

    def after(self, place: Place | None) -> Self:
        """What came after a place, oldest first; everything after None."""
        rows = self.order_by("created_at", "id")
        if place is None:
            return rows
        time, pk = place
        # The first condition is all that the index needs to begin in the right place.
        return rows.filter(created_at__gte=time).exclude(created_at=time, id__lte=pk)

    def up_to(self, place: Place | None) -> Self:
        """What came no later than a place; nothing before None."""
        if place is None:
            return self.none()
        time, pk = place
        return self.filter(created_at__lte=time).exclude(created_at=time, id__gt=pk)

    def place_of_newest(self) -> Place | None:
        """Return where the newest one stands."""
        return self.order_by("-created_at", "-id").values_list("created_at", "id").first()

    def unread(self) -> Self:
        """What the user has not marked as read."""
        return self.filter(read_at=None)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, channel: DeliveryChannel, now: datetime) -> Self:
        """What goes out by itself and may be tried now; security first, then who waits longest."""
        return self.filter(
            state=DeliveryState.PENDING, in_digest=False, channel=channel, next_try_at__lte=now
        ).order_by("-is_urgent", "next_try_at", "id")

    def due_for_digest(self, now: datetime) -> Self:
        """What waits for its user's daily mail, whose hour has come."""
        return self.filter(state=DeliveryState.PENDING, in_digest=True, next_try_at__lte=now)

    def claimed(self, delivery: "Delivery") -> Self:
        """The row, as long as nobody else has taken it over since it was claimed."""
        return self.filter(pk=delivery.pk, state=DeliveryState.PENDING, tries=delivery.tries)
