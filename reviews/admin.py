"""What people write in public, in the console: read by staff, hidden and published by actions."""

from functools import partial
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from marketplace.common.admin import (
    ModelAdmin,
    ReadOnlyAdmin,
    RowsInline,
    link_to,
    reason_action,
    staff,
)
from marketplace.common.moderation.constants import Subject
from marketplace.common.moderation.queue import Queue, QueueAdmin, Step
from marketplace.common.panels import SHOWN, Panel, Picture, counted, moment, panels
from reviews.constants import Visibility
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
from shops.models import Shop

# What the author of something that reports had hidden reads when staff show it again.
_NOTHING_WRONG = "Nothing in it is against the rules."


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


def _reports(row: Review | Question) -> Panel:
    reports = row.reports.filter(decided_at=None).select_related("user").order_by("-id")
    return Panel(
        f"{row.report_count} reports",
        columns=["When", "Who", "Why"],
        rows=[[moment(r.created_at), link_to(r.user), r.reason] for r in reports[:20]],
    )


def _decisions(row: Review | Question) -> Panel:
    decisions = row.decisions.select_related("actor").order_by("-id")[:SHOWN]
    return Panel(
        "Decided before",
        columns=["When", "To", "Reason", "By"],
        rows=[
            [moment(d.created_at), d.to_status, d.reason or "–", d.actor or "its reports"]
            for d in decisions
        ],
        empty="Never.",
    )


def _author(row: Review | Question) -> Panel:
    reviews = Review.objects.filter(user=row.user)
    questions = Question.objects.filter(user=row.user)
    return Panel(
        "Who wrote it",
        facts=[
            ("Name", link_to(row.user)),
            ("Here since", moment(row.user.created_at)),
            ("Suspended", moment(row.user.suspended_at)),
            ("Reviews", counted(reviews)),
            ("of them hidden", counted(reviews.filter(status=Visibility.HIDDEN))),
            ("Questions", counted(questions)),
            ("of them hidden", counted(questions.filter(status=Visibility.HIDDEN))),
        ],
    )


def _about(row: Review | Question) -> Panel:
    return Panel(
        "What it is about",
        facts=[
            ("Product", link_to(row.product)),
            ("Rating", f"{row.product.average_rating} of {row.product.review_count:,}"),
            ("Shop", link_to(row.shop)),
        ],
    )


def _list(model: str, **where: object) -> str:
    query = "&".join(f"{name}__id__exact={row}" for name, row in where.items())
    return f"{reverse(f'admin:reviews_{model}_changelist')}?{query}"


def _review_row(review: Review) -> list[object]:
    return [moment(review.created_at), link_to(review), review.status]


@panels("shops.shop")
def _ratings(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("reviews.view_review"):
        return []
    reviews = Review.objects.filter(shop=shop, archived_at=None)
    newest = reviews.filter(status=Visibility.PUBLISHED).order_by("-created_at", "-id")
    return [
        Panel(
            "Ratings",
            facts=[
                ("Average", f"{shop.average_rating} ★"),
                ("Reviews", f"{shop.review_count:,}"),
                ("Waiting for a reply", counted(newest.filter(replied_at=None))),
                ("Hidden", counted(reviews.filter(status=Visibility.HIDDEN))),
            ],
            columns=["Newest", "Review", "Status"],
            rows=[_review_row(review) for review in newest[:SHOWN]],
            url=_list("review", shop=shop.pk),
        )
    ]


@panels("accounts.user")
def _written(request: HttpRequest, user: User) -> list[Panel]:
    if not request.user.has_perm("reviews.view_review"):
        return []
    newest = Review.objects.filter(user=user).order_by("-id")[:SHOWN]
    return [
        Panel(
            "Reviews",
            columns=["Newest", "Review", "Status"],
            rows=[_review_row(review) for review in newest],
            url=_list("review", user=user.pk),
        )
    ]


@admin.register(Review)
class ReviewAdmin(QueueAdmin, ReadOnlyAdmin, ModelAdmin[Review]):
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
    queue = Queue(
        Subject.REVIEW,
        permission="moderate",
        accept=Step("Keep", partial(publish_review, reason=_NOTHING_WRONG)),
        refuse=Step("Hide", hide_review),
    )
    inlines = [_ImageInline, _ReviewReportInline, _ReviewDecisionInline]
    actions = ["hide", "publish"]

    def queue_panels(self, request: HttpRequest, row: Review) -> list[Panel]:
        said = Panel(
            f"{'★' * row.rating} {row.title}",
            facts=[
                ("Bought", f"{row.order_item.title} {row.order_item.variant_name}"),
                ("Order", link_to(row.order_item.order)),
                ("Written", moment(row.created_at)),
                ("Changed", moment(row.edited_at)),
                ("Shown now", "yes" if row.is_public else "no"),
                ("The shop replied", row.reply or "–"),
            ],
            text=row.content,
            pictures=[Picture(image.file.url, "") for image in row.images.all()],
            is_wide=True,
        )
        return [said, _reports(row), _about(row), _author(row), _decisions(row)]

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reviews.moderate_review")

    @reason_action(description="Hide selected reviews…", permissions=["moderate"])
    def hide(self, request: HttpRequest, review_id: UUID, reason: str) -> None:
        hide_review(review_id, actor=staff(request), reason=reason)

    @reason_action(description="Publish or keep selected reviews…", permissions=["moderate"])
    def publish(self, request: HttpRequest, review_id: UUID, reason: str) -> None:
        publish_review(review_id, actor=staff(request), reason=reason)


@admin.register(Question)
class QuestionAdmin(QueueAdmin, ReadOnlyAdmin, ModelAdmin[Question]):
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
    queue = Queue(
        Subject.QUESTION,
        permission="moderate",
        accept=Step("Keep", partial(publish_question, reason=_NOTHING_WRONG)),
        refuse=Step("Hide", hide_question),
    )
    inlines = [_QuestionReportInline, _QuestionDecisionInline]
    actions = ["hide", "publish"]

    def queue_panels(self, request: HttpRequest, row: Question) -> list[Panel]:
        said = Panel(
            "The question",
            facts=[
                ("Asked", moment(row.created_at)),
                ("Changed", moment(row.edited_at)),
                ("Shown now", "yes" if row.is_public else "no"),
                ("Answered", moment(row.answered_at)),
                ("The shop's answer", row.answer or "–"),
            ],
            text=row.content,
            is_wide=True,
        )
        return [said, _reports(row), _about(row), _author(row), _decisions(row)]

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
