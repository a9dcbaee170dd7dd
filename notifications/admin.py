from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin, RowsInline, row_action
from notifications.constants import NotificationType
from notifications.models import Delivery, MailChoice, Notification, Preference
from notifications.services.sending import replay_delivery


class TypeFilter(admin.SimpleListFilter):
    """By type, from the constants: asking the table for its distinct values reads all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(kind), str(kind.label)) for kind in NotificationType]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class DeliveryInline(RowsInline):
    model = Delivery
    fields = ["channel", "state", "tries", "sent_at", "last_error"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin, ModelAdmin[Notification]):
    """What users were told, to answer their questions with."""

    list_display = ["title", "type", "user", "read_at", "created_at"]
    list_filter = [TypeFilter, "created_at", ("read_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]
    inlines = [DeliveryInline]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, ModelAdmin[Delivery]):
    """Mail and SMS on their way; what was given up can be put back in the queue."""

    list_display = ["notification", "channel", "state", "tries", "last_error", "created_at"]
    list_filter = ["state", "channel", "is_urgent", "in_digest", "created_at"]
    list_select_related = ["notification"]
    search_fields = ["=notification__user__phone_number", "=notification__user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    id_fields = ("pk", "notification_id")
    # An address that a user has just given up is nobody's business.
    exclude = ["destination"]
    hidden_fields = ("destination",)
    waiting = ("Mail and SMS that could not be sent for a day", {"state__exact": "parked"})
    ordering = ["-id"]
    actions = ["replay"]

    @row_action(description="Replay selected deliveries", permissions=["replay"])
    def replay(self, request: HttpRequest, delivery_id: UUID) -> None:
        replay_delivery(delivery_id)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_delivery")


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin, ModelAdmin[Preference]):
    """How users want to be told, to answer why something did not come."""

    list_display = ["type", "channels", "user", "updated_at"]
    list_filter = [TypeFilter]
    list_select_related = ["user"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]


@admin.register(MailChoice)
class MailChoiceAdmin(ReadOnlyAdmin, ModelAdmin[MailChoice]):
    list_display = ["digest", "user", "updated_at"]
    list_filter = ["digest"]
    list_select_related = ["user"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]
