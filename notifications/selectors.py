"""Reads of notifications beyond one user's list."""

from typing import Any

from accounts.models import User
from notifications.models import Notification


def held_notifications(user: User) -> list[dict[str, Any]]:
    """Return what the user was told, for the export of all that is held about them."""
    mine = Notification.objects.of(user).order_by("pk")
    return [
        dict(row)
        for row in mine.values("id", "type", "title", "body", "data", "read_at", "created_at")
    ]
