"""Filters and locks of reviews and questions."""

from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

from django.db import models

from catalog.models import Product
from reviews.constants import Visibility

if TYPE_CHECKING:
    from accounts.models import User
    from reviews.models import Question, Review  # noqa: F401 - named by the querysets' types
    from shops.models import Shop

W = TypeVar("W", bound=models.Model)


class _WordsQuerySet(models.QuerySet[W]):
    """What is written about a product: reviews and questions."""

    def live(self) -> Self:
        """What its authors have not deleted."""
        return self.filter(archived_at=None)

    def published(self) -> Self:
        """What counts and is shown with its product."""
        return self.filter(status=Visibility.PUBLISHED, archived_at=None)

    def public(self) -> Self:
        """What is published about products that everybody sees."""
        return self.published().filter(product__in=Product.objects.public())

    def written_by(self, user: "User") -> Self:
        """Row scope of the author."""
        return self.live().filter(user=user)

    def of_shop(self, shop: "Shop") -> Self:
        """Row scope of the seller API: what can be replied to."""
        return self.published().filter(shop=shop)

    def lock(self, row_id: UUID) -> W:
        """Lock one row and read it; votes and reports may point at it meanwhile.

        Raises: Model.DoesNotExist.
        """
        return self.select_for_update(of=("self",), no_key=True).get(pk=row_id)


class ReviewQuerySet(_WordsQuerySet["Review"]):
    def for_lists(self) -> Self:
        """Read what lists show, in two statements for any number of reviews."""
        shown = self.select_related("user", "order_item", "product").prefetch_related("images")
        return shown.only(
            *("id", "rating", "title", "content", "status", "status_reason", "helpful_count"),
            *("reply", "replied_at", "created_at", "edited_at"),
            *("user__full_name", "user__closed_at"),
            *("order_item__variant_name", "product__title", "product__slug", "product__thumbnail"),
        )


class QuestionQuerySet(_WordsQuerySet["Question"]):
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
