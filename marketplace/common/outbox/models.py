"""The outbox: events written in the transaction of what they tell of."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.common.models import BaseModel


class OutboxStatus(models.TextChoices):
    PENDING = "pending"
    DONE = "done"
    PARKED = "parked"


class OutboxEvent(BaseModel):
    """One event and how far its hand-over has come; `handled_by` names the handlers that ran."""

    topic = models.CharField(max_length=100)
    key = models.CharField(max_length=64, blank=True, help_text="The row it is about.")
    payload = models.JSONField()
    status = models.CharField(
        max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.PENDING
    )
    handled_by = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    available_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            # What the dispatcher claims; done rows, nearly all, are not in it.
            models.Index(
                name="outbox_due", fields=["available_at", "id"], condition=Q(status="pending")
            ),
            models.Index(name="outbox_parked", fields=["id"], condition=Q(status="parked")),
            models.Index(name="outbox_done", fields=["done_at"], condition=Q(status="done")),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
