"""Counters of security limits: one-time codes, logins, guesses."""

from django.db import models


class LimitCounter(models.Model):
    """How often a subject did something in one window; the subject is hashed."""

    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="limits_one_per_window", fields=["key", "window_start"])
        ]
        indexes = [models.Index(name="limits_by_age", fields=["window_start"])]

    def __str__(self) -> str:
        return f"{self.key} {self.window_start}: {self.count}"
