from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from notifications.constants import NotificationType
from notifications.models import Notification


class TypeFilter(admin.SimpleListFilter):
    """By type, from the constants: asking the table for its distinct values reads all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(kind), str(kind.label)) for kind in NotificationType]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Notification]
    ) -> QuerySet[Notification]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin, ModelAdmin[Notification]):
    """What users were told, to answer their questions with."""

    list_display = ["title", "type", "user", "read_at", "created_at"]
    list_filter = [TypeFilter, "created_at", ("read_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]
