"""Row scopes of notifications."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification  # noqa: F401


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> Self:
        """The user's own: anybody else's answer 404."""
        return self.filter(user=user)

    def unread(self) -> Self:
        """What the user has not marked as read."""
        return self.filter(read_at=None)
