"""Reasons that staff choose from when they turn something down."""

from django.db import models

from marketplace.common.models import BaseModel
from marketplace.common.moderation.constants import MAX_REASON_LENGTH, Subject


class ModerationReason(BaseModel):
    """A reason in the words that the person it hits will read."""

    subject = models.CharField(max_length=10, choices=Subject.choices)
    text = models.CharField(max_length=MAX_REASON_LENGTH)
    position = models.PositiveSmallIntegerField(
        default=0, help_text="The lowest comes first and has the key 1."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reason_once_per_subject", fields=["subject", "text"])
        ]

    def __str__(self) -> str:
        return self.text
