"""What shops say to what is written about their goods."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.outbox.services import publish
from reviews.events import QuestionAnswered, ReviewReplied
from reviews.models import Question, Review
from reviews.services._rows import lock_public_question, lock_public_review, page_changed


@transaction.atomic
def reply_to_review(review_id: UUID, *, actor: User, content: str) -> Review:
    """Reply to a review of the shop's goods; another reply takes the place of the first.

    Locks: the review. Raises: NotFound for one that is not public. Publishes: reviews.replied, the
    first time.
    """
    review = lock_public_review(review_id)
    is_first = review.replied_at is None
    review.reply, review.replied_at = content, timezone.now()
    review.save(update_fields=["reply", "replied_at", "updated_at"])
    page_changed(review)
    if is_first:
        publish(
            ReviewReplied(
                review_id=review.pk,
                product_id=review.product_id,
                shop_id=review.shop_id,
                user_id=review.user_id,
            )
        )
    return review


@transaction.atomic
def answer_question(question_id: UUID, *, actor: User, content: str) -> Question:
    """Answer a question about the shop's goods; another answer takes the place of the first.

    Locks: the question. Raises: NotFound for one that is not public. Publishes: questions.answered,
    the first time.
    """
    question = lock_public_question(question_id)
    is_first = question.answered_at is None
    question.answer, question.answered_at = content, timezone.now()
    question.save(update_fields=["answer", "answered_at", "updated_at"])
    page_changed(question)
    if is_first:
        publish(
            QuestionAnswered(
                question_id=question.pk,
                product_id=question.product_id,
                shop_id=question.shop_id,
                user_id=question.user_id,
            )
        )
    return question
