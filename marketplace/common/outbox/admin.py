from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin, row_action
from marketplace.common.errors import InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.outbox.services import replay


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin, ModelAdmin[OutboxEvent]):
    """Events and their hand-over; parked ones can be put back in the queue."""

    list_display = ["topic", "status", "attempts", "last_error", "created_at", "key"]
    list_filter = ["status"]
    search_fields = ["=key", "=topic"]
    search_help_text = "A whole topic, or the id of the event or of the row it is about."
    waiting = ("Events that nobody could handle", {"status__exact": "parked"})
    ordering = ["-id"]
    actions = ["replay_events"]

    @row_action(description="Replay selected parked events", permissions=["replay"])
    def replay_events(self, request: HttpRequest, event_id: UUID) -> None:
        if not replay(event_id):
            raise InvalidTransition("Only a parked event can be replayed.")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_outboxevent")
