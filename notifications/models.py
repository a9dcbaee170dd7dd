"""What users are told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.common.models import BaseModel
from notifications.querysets import NotificationQuerySet


class Notification(BaseModel):
    """One message to one user; `event_key` makes it once per event, whatever is repeated."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    type = models.CharField(max_length=50)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    event_key = models.CharField(max_length=150)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="notification_once", fields=["user", "event_key"])
        ]
        indexes = [
            models.Index(name="notification_of_user", fields=["user", "created_at", "id"]),
            models.Index(
                name="notification_unread", fields=["user"], condition=Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title
