"""Telling users, and what they do with it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from accounts.models import User
from marketplace.common.errors import NotFound
from notifications.constants import NotificationType
from notifications.models import Notification
from notifications.texts import render


def notify(
    recipients: Iterable[tuple[UUID, NotificationType]],
    *,
    event_key: str,
    values: dict[str, str],
    data: dict[str, Any],
) -> None:
    """Tell users, by (user id, type), in the language of each; `data` is for the client's links.

    Idempotent: a user is told once per `event_key`.
    """
    types = dict(recipients)
    users = User.objects.filter(pk__in=types).values_list("pk", "language")
    rows = []
    for user_id, language in users:
        title, body = render(types[user_id], language, values)
        rows.append(
            Notification(
                user_id=user_id,
                type=types[user_id],
                title=title,
                body=body,
                data=data,
                event_key=event_key,
            )
        )
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def mark_read(notification_id: UUID, *, user: User) -> Notification:
    """Mark one of the user's notifications as read. Idempotent. Raises: NotFound."""
    mine = Notification.objects.of(user).filter(pk=notification_id)
    mine.unread().update(read_at=Now(), updated_at=Now())
    notification = mine.first()
    if notification is None:
        raise NotFound
    return notification


def mark_all_read(user: User) -> int:
    """Mark all of the user's notifications as read; returns how many were not. Idempotent."""
    return Notification.objects.of(user).unread().update(read_at=Now(), updated_at=Now())


def forget_user(user_id: UUID) -> None:
    """Delete what a closed account was told: it names orders and shops of a person. Idempotent."""
    Notification.objects.filter(user_id=user_id).delete()
