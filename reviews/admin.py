from django.contrib import admin

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from reviews.models import HelpfulVote, Review, ReviewImage, ReviewReport


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin, ModelAdmin[Review]):
    """Reviews as their authors wrote them: nobody edits another person's words."""

    list_display = [
        "__str__",
        "product",
        "user",
        "status",
        "helpful_count",
        "report_count",
        "created_at",
    ]
    list_filter = ["status", "rating", "created_at"]
    list_select_related = ["product", "user"]
    search_fields = ["=product__slug", "=user__phone_number", "=user__email"]
    search_help_text = "A whole product slug, phone number or e-mail address."
    ordering = ["-id"]


@admin.register(ReviewReport)
class ReviewReportAdmin(ReadOnlyAdmin, ModelAdmin[ReviewReport]):
    list_display = ["review", "user", "reason", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["review", "user"]
    search_fields = ["reason", "=user__phone_number", "=user__email"]
    ordering = ["-id"]


@admin.register(ReviewImage)
class ReviewImageAdmin(ReadOnlyAdmin, ModelAdmin[ReviewImage]):
    list_display = ["file", "review", "position", "created_at"]
    list_select_related = ["review"]
    ordering = ["-id"]


@admin.register(HelpfulVote)
class HelpfulVoteAdmin(ReadOnlyAdmin, ModelAdmin[HelpfulVote]):
    list_display = ["review", "user", "created_at"]
    list_select_related = ["review", "user"]
    search_fields = ["=user__phone_number", "=user__email"]
    ordering = ["-id"]
