from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from reviews.models import HelpfulVote, Review, ReviewImage, ReviewReport


class RatingFilter(admin.SimpleListFilter):
    """By rating; asking the table for its distinct values would read all of it."""

    title = "rating"
    parameter_name = "rating"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(stars), "★" * stars) for stars in range(5, 0, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        return (
            queryset.filter(rating=int(stars))
            if (stars := self.value() or "").isdecimal()
            else queryset
        )


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
    list_filter = ["status", RatingFilter, "created_at"]
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
