"""Asking about a product, and changing or withdrawing what nobody has answered yet."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import AccountNotVerified
from accounts.models import User
from catalog.models import Product
from marketplace.common.errors import NotFound
from marketplace.common.limits.services import check_limit
from marketplace.common.locks import transaction_lock
from marketplace.common.outbox.services import publish
from reviews.constants import (
    DAY_SECONDS,
    HOUR_SECONDS,
    MAX_OPEN_QUESTIONS,
    QUESTIONS_PER_DAY,
    QUESTIONS_PER_HOUR,
)
from reviews.errors import AlreadyAnswered, OwnContent, TooManyOpenQuestions
from reviews.events import QuestionAsked
from reviews.models import Question
from reviews.services._rows import lock_question, page_changed
from shops.selectors import works_for


def ask_question(product_id: UUID, *, author: User, content: str) -> Question:
    """Ask a public product's shop something, in public.

    Locks: the author's questions about the product. Raises: NotFound; AccountNotVerified;
    OwnContent; TooManyOpenQuestions; TooManyAttempts. Publishes: questions.asked.
    """
    if not author.is_verified:
        raise AccountNotVerified
    for limit, seconds in (
        (QUESTIONS_PER_HOUR, HOUR_SECONDS),
        (QUESTIONS_PER_DAY, DAY_SECONDS),
    ):
        check_limit(f"questions_{seconds}", str(author.pk), limit=limit, window_seconds=seconds)
    return _ask(product_id, author, content)


@transaction.atomic
def _ask(product_id: UUID, author: User, content: str) -> Question:
    product = Product.objects.public().filter(pk=product_id).first()
    if product is None:
        raise NotFound
    if works_for(author, product.shop_id):
        raise OwnContent
    # Two at once must not both find room for one.
    transaction_lock(f"questions:{author.pk}:{product.pk}")
    waiting = Question.objects.written_by(author).unanswered().filter(product=product)
    if waiting.count() >= MAX_OPEN_QUESTIONS:
        raise TooManyOpenQuestions
    question = Question.objects.create(
        product=product, shop_id=product.shop_id, user=author, content=content
    )
    page_changed(question)
    publish(
        QuestionAsked(
            question_id=question.pk,
            product_id=question.product_id,
            shop_id=question.shop_id,
            user_id=question.user_id,
        )
    )
    return question


@transaction.atomic
def update_question(question_id: UUID, *, author: User, content: str) -> Question:
    """Put one's own question otherwise, while it waits for an answer.

    Locks: the question. Raises: NotFound; AlreadyAnswered.
    """
    question = _lock_unanswered(question_id, author)
    if question.content != content:
        question.content, question.edited_at = content, timezone.now()
        question.save(update_fields=["content", "edited_at", "updated_at"])
        page_changed(question)
    return question


@transaction.atomic
def archive_question(question_id: UUID, *, author: User) -> Question:
    """Withdraw one's own question, while it waits for an answer.

    Locks: the question. Raises: NotFound; AlreadyAnswered.
    """
    question = _lock_unanswered(question_id, author)
    question.archived_at = timezone.now()
    question.report_count = 0
    question.save(update_fields=["archived_at", "report_count", "updated_at"])
    question.reports.filter(decided_at=None).update(decided_at=question.archived_at)
    page_changed(question)
    return question


def _lock_unanswered(question_id: UUID, author: User) -> Question:
    question = lock_question(question_id)
    if question.user_id != author.pk or question.archived_at is not None:
        raise NotFound
    if question.answered_at is not None:
        raise AlreadyAnswered
    return question
