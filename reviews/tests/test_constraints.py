"""What the database refuses, whatever a service forgets."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.deletion import ProtectedError

from reviews.models import HelpfulVote, Review, ReviewReport
from reviews.tests.factories import HelpfulVoteFactory, ReviewFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db


def refuses(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_rating_out_of_one_to_five_is_refused(rating):
    refuses("review_one_to_five|rating_check", lambda: ReviewFactory(rating=rating))


@pytest.mark.parametrize("rating", [1, 5])
def test_rating_of_one_to_five_is_taken(rating):
    assert ReviewFactory(rating=rating).pk


def test_order_item_is_reviewed_once():
    review = ReviewFactory()

    refuses("order_item_id", lambda: ReviewFactory(order_item=review.order_item))

    assert Review.objects.count() == 1


def test_user_finds_a_review_helpful_once():
    vote = HelpfulVoteFactory()

    refuses("vote_once", lambda: HelpfulVoteFactory(review=vote.review, user=vote.user))
    HelpfulVoteFactory(review=vote.review)

    assert HelpfulVote.objects.count() == 2


def test_user_reports_a_review_once():
    report = ReviewReportFactory()

    refuses("report_once", lambda: ReviewReportFactory(review=report.review, user=report.user))
    ReviewReportFactory(review=report.review)

    assert ReviewReport.objects.count() == 2


@pytest.mark.parametrize("field", ["helpful_count", "report_count"])
def test_counters_cannot_fall_below_zero(field):
    review = ReviewFactory()

    refuses(field, lambda: Review.objects.filter(pk=review.pk).update(**{field: -1}))


@pytest.mark.parametrize("name", ["product", "user", "order_item"])
def test_what_a_review_is_about_cannot_be_deleted(name):
    review = ReviewFactory()

    with pytest.raises(ProtectedError):
        getattr(review, name).delete()
