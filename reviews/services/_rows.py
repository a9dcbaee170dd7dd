"""Finding and locking what a service changes."""

from functools import partial
from uuid import UUID

from accounts.models import User
from catalog.models import Product
from marketplace.common.errors import NotFound
from marketplace.common.read_cache import products_changed
from marketplace.common.rows import locked
from reviews.models import Question, Review


def lock_review(review_id: UUID) -> Review:
    """Lock a review in whatever state. Raises: NotFound."""
    return locked(Review.objects, review_id)


def lock_public_review(review_id: UUID) -> Review:
    """Lock a review that is shown. Raises: NotFound."""
    review = lock_review(review_id)
    if not review.is_public:
        raise NotFound
    return review


def lock_own_review(review_id: UUID, author: User) -> Review:
    """Lock a review of one's own that is not deleted. Raises: NotFound."""
    review = lock_review(review_id)
    if review.user_id != author.pk or review.archived_at is not None:
        raise NotFound
    return review


def lock_question(question_id: UUID) -> Question:
    """Lock a question in whatever state. Raises: NotFound."""
    return locked(Question.objects, question_id)


def lock_public_question(question_id: UUID) -> Question:
    """Lock a question that is shown. Raises: NotFound."""
    question = lock_question(question_id)
    if not question.is_public:
        raise NotFound
    return question


def page_changed(row: Review | Question) -> None:
    """Drop the stored pages of a product's reviews and questions once it is committed.

    Not needed beside `adjust_ratings`, which drops the whole catalogue's.
    """
    products_changed(partial(_refs, row.product_id))


def _refs(product_id: UUID) -> list[str]:
    slugs = Product.objects.filter(pk=product_id).values_list("slug", flat=True)
    return [str(product_id), *slugs]
