"""What users do with what they were told."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from marketplace.common.errors import NotFound
from notifications.models import MailChoice, Notification, Preference


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


@transaction.atomic
def forget_user(user_id: UUID) -> None:
    """Delete what a closed account was told: it names orders and shops of a person. Idempotent."""
    Notification.objects.filter(user_id=user_id).delete()
    Preference.objects.filter(user_id=user_id).delete()
    MailChoice.objects.filter(user_id=user_id).delete()
