from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.outbox.services import replay


@admin.register(OutboxEvent)
class OutboxEventAdmin(admin.ModelAdmin[OutboxEvent]):
    """Events and their hand-over; parked ones can be put back in the queue."""

    list_display = ["topic", "key", "status", "attempts", "available_at", "created_at"]
    list_filter = ["status", "topic"]
    search_fields = ["=key"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["replay_events"]

    @admin.action(description="Replay selected parked events", permissions=["change"])
    def replay_events(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> None:
        moved = sum(replay(pk) for pk in queryset.values_list("pk", flat=True))
        self.message_user(request, f"{moved} events wait for hand-over.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def get_readonly_fields(
        self, request: HttpRequest, obj: OutboxEvent | None = None
    ) -> list[str]:
        return [field.name for field in OutboxEvent._meta.fields]
