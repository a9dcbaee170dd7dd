"""Votes for helpful reviews."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from reviews.errors import OwnContent
from reviews.models import HelpfulVote, Review
from reviews.services._rows import lock_public_review, page_changed
from shops.selectors import works_for


@transaction.atomic
def vote_helpful(review_id: UUID, *, voter: User) -> Review:
    """Say that another's review is helpful. Idempotent: one vote per user.

    Locks: the review. Raises: NotFound; OwnContent for the author and the shop's owner.
    """
    review = lock_public_review(review_id)
    if review.user_id == voter.pk or works_for(voter, review.shop_id):
        raise OwnContent
    _, is_new = HelpfulVote.objects.get_or_create(review=review, user=voter)
    return _moved(review, 1) if is_new else review


@transaction.atomic
def withdraw_vote(review_id: UUID, *, voter: User) -> Review:
    """Take one's vote back. Idempotent. Locks: the review. Raises: NotFound."""
    review = lock_public_review(review_id)
    deleted, _ = HelpfulVote.objects.filter(review=review, user=voter).delete()
    return _moved(review, -1) if deleted else review


def _moved(review: Review, by: int) -> Review:
    review.helpful_count += by
    review.save(update_fields=["helpful_count", "updated_at"])
    page_changed(review)
    return review
