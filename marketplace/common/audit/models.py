"""Who changed what: written by triggers, never changed, never deleted."""

from django.db import models

from marketplace.common.audit.constants import ActorKind, Operation
from marketplace.common.audit.querysets import EntryQuerySet


class Entry(models.Model):
    """One change of one row by staff, a seller or an operator; append-only by triggers.

    A number and not a UUID as key: entries of one transaction stand in the order of its changes.
    Ids of actors and rows are opaque, so that the log knows no table and outlives every row.
    """

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    operation = models.CharField(max_length=10, choices=Operation.choices)
    object_type = models.CharField(max_length=60, help_text="As in `shops.shop`.")
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    via = models.CharField(max_length=300, help_text="The call, page or command.")
    ip_address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=128, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        indexes = [
            models.Index(name="audit_of_row", fields=["object_id", "-id"]),
            models.Index(name="audit_by_type", fields=["object_type", "-id"]),
            models.Index(name="audit_by_actor", fields=["actor_id", "-id"]),
            models.Index(name="audit_by_time", fields=["created_at"]),
            # What one request did.
            models.Index(name="audit_by_request", fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_name or self.object_id} {self.operation}"

    @property
    def columns(self) -> list[str]:
        """Names of what was changed."""
        return sorted({*(self.before or {}), *(self.after or {})})

    @property
    def changes(self) -> list[tuple[str, object, object]]:
        """What was changed: column, before, after."""
        before, after = self.before or {}, self.after or {}
        return [(name, before.get(name), after.get(name)) for name in self.columns]
