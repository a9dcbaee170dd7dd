"""Filters and locks of reviews and questions."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

from catalog.models import Product
from reviews.constants import Visibility

if TYPE_CHECKING:
    from accounts.models import User
    from reviews.models import Question, Review
    from shops.models import Shop


class ReviewQuerySet(models.QuerySet["Review"]):
    def live(self) -> Self:
        """Reviews that their authors have not deleted."""
        return self.filter(archived_at=None)

    def published(self) -> Self:
        """Reviews that count and are shown with their product."""
        return self.filter(status=Visibility.PUBLISHED, archived_at=None)

    def public(self) -> Self:
        """Published reviews of products that everybody sees."""
        return self.published().filter(product__in=Product.objects.public())

    def written_by(self, user: "User") -> Self:
        """Row scope of the author."""
        return self.live().filter(user=user)

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API: what can be replied to."""
        return self.published().filter(shop=shop)

    def for_lists(self) -> Self:
        """Read what lists show, in two statements for any number of reviews."""
        shown = self.select_related("user", "order_item", "product").prefetch_related("images")
        return shown.only(
            *("id", "rating", "title", "content", "status", "status_reason", "helpful_count"),
            *("reply", "replied_at", "created_at", "edited_at"),
            *("user__full_name", "user__closed_at"),
            *("order_item__variant_name", "product__title", "product__slug", "product__thumbnail"),
        )

    def lock(self, review_id: UUID) -> "Review":
        """Lock one review and read it; votes and reports may point at it meanwhile.

        Raises: Review.DoesNotExist.
        """
        return self.select_for_update(of=("self",), no_key=True).get(pk=review_id)


class QuestionQuerySet(models.QuerySet["Question"]):
    def live(self) -> Self:
        """Questions that their authors have not deleted."""
        return self.filter(archived_at=None)

    def published(self) -> Self:
        """Questions that are shown with their product."""
        return self.filter(status=Visibility.PUBLISHED, archived_at=None)

    def public(self) -> Self:
        """Published questions about products that everybody sees."""
        return self.published().filter(product__in=Product.objects.public())

    def asked_by(self, user: "User") -> Self:
        """Row scope of the author."""
        return self.live().filter(user=user)

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API: what can be answered."""
        return self.published().filter(shop=shop)

    def unanswered(self) -> Self:
        return self.filter(answered_at=None)

    def for_lists(self) -> Self:
        """Read what lists show, in one statement."""
        return self.select_related("user", "product").only(
            *("id", "content", "status", "status_reason", "answer", "answered_at"),
            *("created_at", "edited_at"),
            *("user__full_name", "user__closed_at"),
            *("product__title", "product__slug", "product__thumbnail"),
        )

    def lock(self, question_id: UUID) -> "Question":
        """Lock one question and read it. Raises: Question.DoesNotExist."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=question_id)
