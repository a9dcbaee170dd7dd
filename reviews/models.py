"""Reviews of bought products, questions about products, and what staff decided about both."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Product
from marketplace.common.models import BaseModel
from orders.models import OrderItem
from reviews.constants import (
    EDITABLE_FOR,
    MAX_REASON_LENGTH,
    MAX_TITLE_LENGTH,
    Visibility,
)
from reviews.querysets import QuestionQuerySet, ReviewQuerySet
from shops.models import Shop

_LIVE = Q(archived_at=None)
_PUBLISHED = Q(status=Visibility.PUBLISHED, archived_at=None)
# The moderation queue.
_TO_DECIDE = Q(report_count__gt=0)


class Moderated(BaseModel):
    """What people write in public. `report_count` counts the reports that staff have not decided.

    Subclasses have `reports` and `decisions`.
    """

    status = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLISHED
    )
    status_reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)
    report_count = models.PositiveIntegerField(
        default=0, help_text="Reports that staff have not decided yet."
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Whether it is shown where its product is."""
        return self.status == Visibility.PUBLISHED and self.archived_at is None


class Report(BaseModel):
    """Somebody found that it should not be public; kept after staff have decided."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=MAX_REASON_LENGTH)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Decision(BaseModel):
    """Why something was hidden or published, and by whom; nobody: by its reports. Append-only."""

    from_status = models.CharField(max_length=10, choices=Visibility.choices)
    to_status = models.CharField(max_length=10, choices=Visibility.choices)
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Review(Moderated):
    """A buyer's words on one delivered order item.

    One per item for ever: a deleted one is archived, so that what staff have hidden cannot be
    written anew. While it is public, its rating is part of its product's and its shop's.
    """

    order_item = models.OneToOneField(OrderItem, models.PROTECT, related_name="review")
    product = models.ForeignKey(Product, models.PROTECT, related_name="reviews")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="reviews")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=MAX_TITLE_LENGTH, blank=True)
    content = models.TextField(blank=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    image_count = models.PositiveSmallIntegerField(db_default=0, default=0)
    helpful_count = models.PositiveIntegerField(default=0)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        permissions = [("moderate_review", "Can hide and publish reviews")]
        constraints = [
            models.CheckConstraint(name="review_one_to_five", condition=Q(rating__range=(1, 5)))
        ]
        indexes = [
            # One per ordering of a product's list; keyset pages are ranges of these.
            models.Index(
                name="review_of_product",
                fields=["product", "created_at", "id"],
                condition=_PUBLISHED,
            ),
            models.Index(
                name="review_helpful",
                fields=["product", "helpful_count", "id"],
                condition=_PUBLISHED,
            ),
            # Also the newest of one rating, and the histogram from the index alone.
            models.Index(
                name="review_by_rating",
                fields=["product", "rating", "created_at", "id"],
                condition=_PUBLISHED,
            ),
            models.Index(
                name="review_with_images",
                fields=["product", "created_at", "id"],
                condition=_PUBLISHED & Q(image_count__gt=0),
            ),
            # The seller's list, and what of it waits for a reply.
            models.Index(
                name="review_of_shop", fields=["shop", "created_at", "id"], condition=_PUBLISHED
            ),
            models.Index(
                name="review_to_reply",
                fields=["shop", "created_at", "id"],
                condition=_PUBLISHED & Q(replied_at=None),
            ),
            models.Index(name="review_to_decide", fields=["id"], condition=_TO_DECIDE),
        ]

    def __str__(self) -> str:
        return f"{self.rating} ★ {self.title}"

    @property
    def editable_until(self) -> datetime:
        return self.created_at + EDITABLE_FOR


class ReviewImage(BaseModel):
    review = models.ForeignKey(Review, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="reviews/")
    position = models.PositiveSmallIntegerField(default=0)

    image_sides: ClassVar = {"file": 1_200}

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return str(self.file)


class HelpfulVote(BaseModel):
    review = models.ForeignKey(Review, models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="vote_once", fields=["review", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.review_id}"


class ReviewReport(Report):
    review = models.ForeignKey(Review, models.CASCADE, related_name="reports")

    class Meta:
        constraints = [models.UniqueConstraint(name="report_once", fields=["review", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.review_id}: {self.reason}"


class ReviewDecision(Decision):
    review = models.ForeignKey(Review, models.CASCADE, related_name="decisions")


class Question(Moderated):
    """What somebody wants to know of a product before buying it, and the shop's answer."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="questions")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="questions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions")
    content = models.TextField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        permissions = [("moderate_question", "Can hide and publish questions")]
        indexes = [
            models.Index(
                name="question_of_product",
                fields=["product", "created_at", "id"],
                condition=_PUBLISHED,
            ),
            models.Index(
                name="question_of_shop", fields=["shop", "created_at", "id"], condition=_PUBLISHED
            ),
            models.Index(
                name="question_to_answer",
                fields=["shop", "created_at", "id"],
                condition=_PUBLISHED & Q(answered_at=None),
            ),
            # How many of a user's questions about a product wait.
            models.Index(
                name="question_open_of_user",
                fields=["user", "product"],
                condition=_LIVE & Q(answered_at=None),
            ),
            models.Index(name="question_to_decide", fields=["id"], condition=_TO_DECIDE),
        ]

    def __str__(self) -> str:
        return self.content[:80]


class QuestionReport(Report):
    question = models.ForeignKey(Question, models.CASCADE, related_name="reports")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="question_report_once", fields=["question", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.question_id}: {self.reason}"


class QuestionDecision(Decision):
    question = models.ForeignKey(Question, models.CASCADE, related_name="decisions")
