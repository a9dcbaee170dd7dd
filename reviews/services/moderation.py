"""Reports, and what becomes of what was reported: hidden by many, decided by staff."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.services.ratings import adjust_ratings
from marketplace.common.errors import InvalidInput
from marketplace.common.limits.services import check_limit
from marketplace.common.outbox.services import publish
from reviews.constants import DAY_SECONDS, MAX_REASON_LENGTH, REPORTS_PER_DAY, Visibility
from reviews.errors import NothingToDecide, OwnContent
from reviews.events import QuestionHidden, QuestionPublished, ReviewHidden, ReviewPublished
from reviews.models import Question, Review
from reviews.services._rows import (
    lock_public_question,
    lock_public_review,
    lock_question,
    lock_review,
    page_changed,
)
from shops.services.impartiality import require_impartial


def report_review(review_id: UUID, *, reporter: User, reason: str) -> Review:
    """Report a review; as many people as REPORTS_TO_HIDE hide it until staff decide.

    A second report of one user does not count, unless staff have decided the first and the review
    was changed since. Locks: the review, then the product and the shop.
    Raises: NotFound; OwnContent; TooManyAttempts. Publishes: reviews.hidden.
    """
    _check_report_limit(reporter)
    with transaction.atomic():
        review = lock_public_review(review_id)
        if _report(review, reporter, reason):
            _move_review(review, Visibility.HIDDEN, actor=None, reason="")
    return review


@transaction.atomic
def hide_review(review_id: UUID, *, actor: User, reason: str) -> Review:
    """Take a review off the site, or confirm that its reports did; its reports are decided.

    Locks: the review, then the product and the shop. Raises: NotFound; NothingToDecide;
    InvalidInput without a reason; ConflictOfInterest. Publishes: reviews.hidden.
    """
    reason = _clean_reason(reason)
    review = lock_review(review_id)
    _move_review(review, Visibility.HIDDEN, actor=actor, reason=reason)
    return review


@transaction.atomic
def publish_review(review_id: UUID, *, actor: User, reason: str) -> Review:
    """Show a hidden review again, or keep a reported one; its reports are decided.

    Locks: the review, then the product and the shop. Raises: NotFound; NothingToDecide;
    InvalidInput without a reason; ConflictOfInterest.
    Publishes: reviews.published, if it was hidden.
    """
    reason = _clean_reason(reason)
    review = lock_review(review_id)
    _move_review(review, Visibility.PUBLISHED, actor=actor, reason=reason)
    return review


def report_question(question_id: UUID, *, reporter: User, reason: str) -> Question:
    """Report a question with its answer, as `report_review` does.

    Locks: the question. Raises: NotFound; OwnContent; TooManyAttempts.
    Publishes: questions.hidden.
    """
    _check_report_limit(reporter)
    with transaction.atomic():
        question = lock_public_question(question_id)
        if _report(question, reporter, reason):
            _move_question(question, Visibility.HIDDEN, actor=None, reason="")
    return question


@transaction.atomic
def hide_question(question_id: UUID, *, actor: User, reason: str) -> Question:
    """Take a question off the site, as `hide_review` does. Locks: the question.

    Raises: NotFound; NothingToDecide; InvalidInput; ConflictOfInterest.
    Publishes: questions.hidden.
    """
    reason = _clean_reason(reason)
    question = lock_question(question_id)
    _move_question(question, Visibility.HIDDEN, actor=actor, reason=reason)
    return question


@transaction.atomic
def publish_question(question_id: UUID, *, actor: User, reason: str) -> Question:
    """Show a question again, or keep it, as `publish_review` does. Locks: the question.

    Raises: NotFound; NothingToDecide; InvalidInput; ConflictOfInterest.
    Publishes: questions.published.
    """
    reason = _clean_reason(reason)
    question = lock_question(question_id)
    _move_question(question, Visibility.PUBLISHED, actor=actor, reason=reason)
    return question


def _report(row: Review | Question, reporter: User, reason: str) -> bool:
    """Add a report to a locked row; tells whether that makes it too many."""
    if row.user_id == reporter.pk:
        raise OwnContent
    reports: Any = row.reports
    report, is_new = reports.get_or_create(user=reporter, defaults={"reason": reason})
    if not is_new:
        if report.decided_at is None or not (row.edited_at and row.edited_at > report.decided_at):
            return False
        report.reason, report.decided_at = reason, None
        report.save(update_fields=["reason", "decided_at", "updated_at"])
    row.report_count += 1
    row.save(update_fields=["report_count", "updated_at"])
    return bool(row.report_count >= settings.REPORTS_TO_HIDE)


def _decide(row: Review | Question, to_status: Visibility, actor: User | None, reason: str) -> bool:
    """Write a decision down; tells whether the row was not so before.

    Raises: NothingToDecide; ConflictOfInterest for its author, and who works for its shop.
    """
    require_impartial(actor, shop_id=row.shop_id, people=[row.user_id])
    is_moved = row.status != to_status
    if row.archived_at is not None or not (is_moved or row.report_count):
        raise NothingToDecide
    decisions: Any = row.decisions
    decisions.create(from_status=row.status, to_status=to_status, reason=reason, actor=actor)
    if actor is not None:
        reports: Any = row.reports
        reports.filter(decided_at=None).update(decided_at=timezone.now())
        row.report_count = 0
    row.status, row.status_reason = to_status, reason
    row.save(update_fields=["status", "status_reason", "report_count", "updated_at"])
    return is_moved


def _move_review(review: Review, to_status: Visibility, *, actor: User | None, reason: str) -> None:
    is_moved = _decide(review, to_status, actor, reason)
    about: dict[str, Any] = {
        "review_id": review.pk,
        "product_id": review.product_id,
        "shop_id": review.shop_id,
        "user_id": review.user_id,
        "reason": reason,
    }
    if to_status == Visibility.HIDDEN:
        if is_moved:
            adjust_ratings(review.product_id, review.shop_id, reviews=-1, stars=-review.rating)
        publish(ReviewHidden(**about, is_automatic=actor is None))
    elif is_moved:
        adjust_ratings(review.product_id, review.shop_id, reviews=1, stars=review.rating)
        publish(ReviewPublished(**about))


def _move_question(
    question: Question, to_status: Visibility, *, actor: User | None, reason: str
) -> None:
    is_moved = _decide(question, to_status, actor, reason)
    if is_moved:
        page_changed(question)
    about: dict[str, Any] = {
        "question_id": question.pk,
        "product_id": question.product_id,
        "shop_id": question.shop_id,
        "user_id": question.user_id,
        "reason": reason,
    }
    if to_status == Visibility.HIDDEN:
        publish(QuestionHidden(**about, is_automatic=actor is None))
    elif is_moved:
        publish(QuestionPublished(**about))


def _check_report_limit(reporter: User) -> None:
    check_limit("reports", str(reporter.pk), limit=REPORTS_PER_DAY, window_seconds=DAY_SECONDS)


def _clean_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput("reason", "Give a reason: the author reads it.", code="required")
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput("reason", f"At most {MAX_REASON_LENGTH} characters.", code="max_length")
    return reason
