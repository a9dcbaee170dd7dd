from django.contrib import admin

from marketplace.common.admin import ModelAdmin
from marketplace.common.moderation.models import ModerationReason


@admin.register(ModerationReason)
class ModerationReasonAdmin(ModelAdmin[ModerationReason]):
    """Reasons to choose from where something is decided; what was decided keeps its own copy."""

    list_display = ["text", "subject", "position", "is_active"]
    list_filter = ["subject", "is_active"]
    search_fields = ["text"]
    ordering = ["subject", "position", "text"]
    fields = ["subject", "text", "position", "is_active"]
