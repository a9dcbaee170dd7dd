"""What people write in public, in the console: read by staff, hidden and published by actions."""

from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.common.admin import (
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    reason_action,
    staff,
)
from reviews.models import (
    HelpfulVote,
    Question,
    QuestionDecision,
    QuestionReport,
    Review,
    ReviewDecision,
    ReviewImage,
    ReviewReport,
)
from reviews.services.moderation import (
    hide_question,
    hide_review,
    publish_question,
    publish_review,
)


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


class _ImageInline(RowsInline):
    model = ReviewImage
    fields = ["file", "position", "created_at"]


class _ReviewReportInline(RowsInline):
    model = ReviewReport
    fields = ["created_at", "user", "reason", "decided_at"]
    ordering = ["-id"]


class _ReviewDecisionInline(RowsInline):
    """What was decided, by whom and why, the newest first; nobody: by reports."""

    model = ReviewDecision
    fields = ["created_at", "from_status", "to_status", "reason", "actor"]
    ordering = ["-id"]


class _QuestionReportInline(RowsInline):
    model = QuestionReport
    fields = ["created_at", "user", "reason", "decided_at"]
    ordering = ["-id"]


class _QuestionDecisionInline(RowsInline):
    """What was decided, by whom and why, the newest first; nobody: by reports."""

    model = QuestionDecision
    fields = ["created_at", "from_status", "to_status", "reason", "actor"]
    ordering = ["-id"]


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
    list_filter = [
        "status",
        RatingFilter,
        ("archived_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["product", "user"]
    search_fields = ["=product__slug", "=user__phone_number", "=user__email"]
    search_help_text = "A whole product slug, phone number or e-mail address."
    ordering = ["-id"]
    waiting = ("Reported reviews", {"report_count__gt": "0"})
    inlines = [_ImageInline, _ReviewReportInline, _ReviewDecisionInline]
    actions = ["hide", "publish"]

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reviews.moderate_review")

    @reason_action(description="Hide selected reviews…", permissions=["moderate"])
    def hide(self, request: HttpRequest, review_id: UUID, reason: str) -> None:
        hide_review(review_id, actor=staff(request), reason=reason)

    @reason_action(description="Publish or keep selected reviews…", permissions=["moderate"])
    def publish(self, request: HttpRequest, review_id: UUID, reason: str) -> None:
        publish_review(review_id, actor=staff(request), reason=reason)


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin, ModelAdmin[Question]):
    """Questions about products, with the shops' answers."""

    list_display = [
        "__str__",
        "product",
        "user",
        "status",
        "report_count",
        "answered_at",
        "created_at",
    ]
    list_filter = [
        "status",
        ("answered_at", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["product", "user"]
    search_fields = ["=product__slug", "=user__phone_number", "=user__email"]
    search_help_text = "A whole product slug, phone number or e-mail address."
    ordering = ["-id"]
    waiting = ("Reported questions", {"report_count__gt": "0"})
    inlines = [_QuestionReportInline, _QuestionDecisionInline]
    actions = ["hide", "publish"]

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reviews.moderate_question")

    @reason_action(description="Hide selected questions…", permissions=["moderate"])
    def hide(self, request: HttpRequest, question_id: UUID, reason: str) -> None:
        hide_question(question_id, actor=staff(request), reason=reason)

    @reason_action(description="Publish or keep selected questions…", permissions=["moderate"])
    def publish(self, request: HttpRequest, question_id: UUID, reason: str) -> None:
        publish_question(question_id, actor=staff(request), reason=reason)


@admin.register(ReviewReport)
class ReviewReportAdmin(ReadOnlyAdmin, ModelAdmin[ReviewReport]):
    list_display = ["review", "user", "reason", "decided_at", "created_at"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["review", "user"]
    search_fields = ["reason", "=user__phone_number", "=user__email"]
    ordering = ["-id"]


@admin.register(QuestionReport)
class QuestionReportAdmin(ReadOnlyAdmin, ModelAdmin[QuestionReport]):
    list_display = ["question", "user", "reason", "decided_at", "created_at"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["question", "user"]
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
