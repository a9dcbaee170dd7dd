"""Idempotency keys, stored in the transaction of the work they guard."""

from django.conf import settings
from django.db import models

from marketplace.common.models import BaseModel


class IdempotencyKey(BaseModel):
    """One key of one user on one route; `response_*` are empty until the answer is known.

    `resource_id` is what the work made: it lets a retry finish what a crash interrupted after the
    commit, without doing the work again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    route = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the request's body.")
    resource_id = models.UUIDField()
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.BinaryField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_once", fields=["user", "route", "key"])
        ]
        indexes = [models.Index(name="idempotency_by_age", fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
