"""What users are told, how it reaches them, and how they want it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.common.models import BaseModel
from notifications.constants import (
    MAX_SMS_LENGTH,
    MAX_TITLE_LENGTH,
    DeliveryChannel,
    DeliveryState,
    Digest,
)
from notifications.querysets import DeliveryQuerySet, NotificationQuerySet


class Notification(BaseModel):
    """One message to one user; `event_key` makes it once per event, whatever is repeated.

    Whoever writes one holds the lock of its user, as `notify` does, and the time is the
    database's: what is committed later is later, so that a reader can go on from where it was.
    """

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    type = models.CharField(max_length=50)
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
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


class Delivery(BaseModel):
    """One way out of a notification, and how far it has come; due when `next_try_at` has passed.

    Who sends it moves `next_try_at` on, which keeps others from it until the lease is over.
    """

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=DeliveryChannel.choices)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    is_urgent = models.BooleanField(default=False, help_text="Security: goes at any hour.")
    in_digest = models.BooleanField(default=False, help_text="Goes with the user's daily mail.")
    destination = models.CharField(
        max_length=254, blank=True, help_text="Where to, if not to the user's present contact."
    )
    text = models.CharField(max_length=MAX_SMS_LENGTH, blank=True, help_text="What an SMS says.")
    tries = models.PositiveIntegerField(default=0)
    first_try_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                name="delivery_once_per_channel", fields=["notification", "channel"]
            ),
            models.CheckConstraint(
                name="delivery_sent_has_its_time",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_only_mail_is_digested",
                condition=Q(in_digest=False) | Q(channel=DeliveryChannel.EMAIL, is_urgent=False),
            ),
        ]
        indexes = [
            # What the sender claims; sent ones, nearly all, are in none of these.
            models.Index(
                name="delivery_due",
                fields=["channel", "-is_urgent", "next_try_at", "id"],
                condition=Q(state=DeliveryState.PENDING, in_digest=False),
            ),
            models.Index(
                name="delivery_for_digest",
                fields=["next_try_at"],
                condition=Q(state=DeliveryState.PENDING, in_digest=True),
            ),
            models.Index(
                name="delivery_parked", fields=["id"], condition=Q(state=DeliveryState.PARKED)
            ),
            models.Index(
                name="delivery_failed", fields=["id"], condition=Q(state=DeliveryState.FAILED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.notification_id}"


class Preference(BaseModel):
    """The channels that a user chose for a type; without a row, the type's own hold."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preferences"
    )
    type = models.CharField(max_length=50)
    channels = ArrayField(
        models.CharField(max_length=10, choices=DeliveryChannel.choices), default=list, blank=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(name="preference_once", fields=["user", "type"])]

    def __str__(self) -> str:
        return f"{self.type}: {', '.join(self.channels) or 'none'}"


class MailChoice(BaseModel):
    """Whether a user wants mail one by one or as one a day; without a row, one by one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_mail"
    )
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.NONE)

    def __str__(self) -> str:
        return self.digest
