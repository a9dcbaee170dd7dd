"""Alerts in the console, to answer questions with."""

from django.contrib import admin

from catalog.alerts.models import Alert
from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin, ModelAdmin[Alert]):
    """Who waits for what, and what was told."""

    list_display = [
        *("product", "variant", "kind", "user"),
        *("price_amount", "target_amount", "told_at", "created_at"),
    ]
    list_select_related = ["product", "variant", "user"]
    list_filter = ["kind", ("told_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["=user__phone_number", "=user__email"]
    search_help_text = "A whole phone number, e-mail address or id."
    ordering = ["-id"]
