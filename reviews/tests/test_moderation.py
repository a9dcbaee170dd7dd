"""Reports, hiding by many of them, and what staff decide."""

from decimal import Decimal

import pytest

from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import Product
from marketplace.common.errors import InvalidInput, NotFound, TooManyAttempts
from marketplace.common.outbox.models import OutboxEvent
from reviews import constants
from reviews.constants import Visibility
from reviews.errors import NothingToDecide, OwnContent
from reviews.models import QuestionDecision, ReviewDecision, ReviewReport
from reviews.services import moderation
from reviews.services.moderation import (
    hide_question,
    hide_review,
    publish_question,
    publish_review,
    report_question,
    report_review,
)
from reviews.services.reviews import archive_review, update_review
from reviews.tests.factories import QuestionFactory, ReviewFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_hide(settings):
    settings.REPORTS_TO_HIDE = 3


def report(row, times, by=report_review):
    for _ in range(times):
        by(row.pk, reporter=UserFactory(), reason="Quảng cáo")
    row.refresh_from_db()


def rating_of(review):
    product = Product.objects.get(pk=review.product_id)
    return product.review_count, product.average_rating


def topics():
    return list(OutboxEvent.objects.order_by("pk").values_list("topic", flat=True))


def test_enough_reports_hide_a_review_until_staff_decide():
    review = ReviewFactory()

    report(review, 2)
    assert (review.status, review.report_count) == (Visibility.PUBLISHED, 2)
    report(review, 1)

    assert (review.status, review.report_count) == (Visibility.HIDDEN, 3)
    assert rating_of(review) == (0, Decimal(0))
    decision = ReviewDecision.objects.get()
    assert (decision.from_status, decision.to_status) == ("published", "hidden")
    assert (decision.actor, decision.reason) == (None, "")
    event = OutboxEvent.objects.get(topic="reviews.hidden")
    assert (event.payload["is_automatic"], event.payload["user_id"]) == (True, str(review.user_id))
    with pytest.raises(NotFound):
        report_review(review.pk, reporter=UserFactory(), reason="Quảng cáo")


def test_one_user_counts_once():
    review, reporter = ReviewFactory(), UserFactory()

    for _ in range(5):
        report_review(review.pk, reporter=reporter, reason="Quảng cáo")

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.PUBLISHED, 1)


def test_review_that_staff_keep_is_not_hidden_again_by_the_same_reports():
    review, staff = ReviewFactory(), StaffFactory()
    reporters = UserFactory.create_batch(3)
    for reporter in reporters:
        report_review(review.pk, reporter=reporter, reason="Quảng cáo")

    publish_review(review.pk, actor=staff, reason="An honest opinion.")
    for reporter in reporters:
        report_review(review.pk, reporter=reporter, reason="Quảng cáo thật mà")

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.PUBLISHED, 0)
    assert rating_of(review) == (1, Decimal(5))
    assert topics() == ["reviews.hidden", "reviews.published"]
    assert ReviewDecision.objects.latest("pk").actor == staff
    report(review, 3)
    assert review.status == Visibility.HIDDEN


def test_reports_count_anew_once_a_kept_review_was_changed():
    review, staff = ReviewFactory(), StaffFactory()
    reporters = UserFactory.create_batch(3)
    for reporter in reporters:
        report_review(review.pk, reporter=reporter, reason="Quảng cáo")
    publish_review(review.pk, actor=staff, reason="An honest opinion.")

    update_review(review.pk, author=review.user, content="Mua ở shop khác rẻ hơn: 0900…")
    for reporter in reporters:
        report_review(review.pk, reporter=reporter, reason="Bây giờ thì đúng là quảng cáo")

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.HIDDEN, 3)
    assert ReviewReport.objects.count() == 3


def test_keeping_a_reported_review_closes_its_reports():
    review = ReviewFactory()
    report(review, 1)

    publish_review(review.pk, actor=StaffFactory(), reason="An honest opinion.")

    review.refresh_from_db()
    assert review.report_count == 0
    assert ReviewReport.objects.get().decided_at is not None
    assert topics() == []


def test_staff_hide_and_publish_with_reasons():
    review, staff = ReviewFactory(), StaffFactory()

    hide_review(review.pk, actor=staff, reason="Names a person.")
    review.refresh_from_db()
    assert (review.status, review.status_reason) == (Visibility.HIDDEN, "Names a person.")
    assert rating_of(review) == (0, Decimal(0))
    publish_review(review.pk, actor=staff, reason="They agree to it.")

    assert rating_of(review) == (1, Decimal(5))
    assert list(
        ReviewDecision.objects.order_by("pk").values_list("to_status", "reason", "actor")
    ) == [
        ("hidden", "Names a person.", staff.pk),
        ("published", "They agree to it.", staff.pk),
    ]
    assert topics() == ["reviews.hidden", "reviews.published"]


def test_staff_confirm_what_reports_have_hidden():
    review = ReviewFactory()
    report(review, 3)

    hide_review(review.pk, actor=StaffFactory(), reason="Advertises another site.")

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.HIDDEN, 0)
    assert rating_of(review) == (0, Decimal(0))
    events = OutboxEvent.objects.filter(topic="reviews.hidden").order_by("pk")
    assert [event.payload["is_automatic"] for event in events] == [True, False]


@pytest.mark.parametrize(("decide", "before"), [(hide_review, hide_review), (publish_review, None)])
def test_nothing_is_decided_twice(decide, before):
    review = ReviewFactory()
    if before is not None:
        before(review.pk, actor=StaffFactory(), reason="Names a person.")
    decisions = ReviewDecision.objects.count()

    with pytest.raises(NothingToDecide):
        decide(review.pk, actor=StaffFactory(), reason="Again.")

    assert ReviewDecision.objects.count() == decisions


@pytest.mark.parametrize("decide", [hide_review, publish_review])
def test_deleted_review_is_past_deciding(decide):
    review = ReviewReportFactory().review
    archive_review(review.pk, author=review.user)

    with pytest.raises(NothingToDecide):
        decide(review.pk, actor=StaffFactory(), reason="Late.")

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.PUBLISHED, 0)
    assert rating_of(review) == (0, Decimal(0))


@pytest.mark.parametrize("decide", [hide_review, publish_review])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_decision_needs_a_reason(decide, reason):
    review = ReviewReportFactory().review

    with pytest.raises(InvalidInput):
        decide(review.pk, actor=StaffFactory(), reason=reason)

    review.refresh_from_db()
    assert (review.status, review.report_count) == (Visibility.PUBLISHED, 1)


def test_nobody_reports_their_own_words():
    review, question = ReviewFactory(), QuestionFactory()

    with pytest.raises(OwnContent):
        report_review(review.pk, reporter=review.user, reason="Quảng cáo")
    with pytest.raises(OwnContent):
        report_question(question.pk, reporter=question.user, reason="Quảng cáo")

    assert not ReviewReport.objects.exists()


def test_one_user_reports_only_so_much_a_day(monkeypatch):
    monkeypatch.setattr(moderation, "REPORTS_PER_DAY", 2)
    reporter = UserFactory()
    reviews = ReviewFactory.create_batch(3)
    for review in reviews[:2]:
        report_review(review.pk, reporter=reporter, reason="Quảng cáo")

    with pytest.raises(TooManyAttempts):
        report_review(reviews[2].pk, reporter=reporter, reason="Quảng cáo")

    assert ReviewReport.objects.count() == 2
    assert constants.REPORTS_PER_DAY == 50


def test_question_is_hidden_by_reports_and_published_by_staff():
    question, staff = QuestionFactory(), StaffFactory()

    report(question, 3, by=report_question)
    assert (question.status, question.report_count) == (Visibility.HIDDEN, 3)
    publish_question(question.pk, actor=staff, reason="A fair question.")
    hide_question(question.pk, actor=staff, reason="On second thought.")

    question.refresh_from_db()
    assert (question.status, question.report_count) == (Visibility.HIDDEN, 0)
    assert topics() == ["questions.hidden", "questions.published", "questions.hidden"]
    assert list(QuestionDecision.objects.order_by("pk").values_list("actor", flat=True)) == [
        None,
        staff.pk,
        staff.pk,
    ]
