import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from reviews.models import Review
from reviews.tests.factories import HelpfulVoteFactory, ReviewImageFactory, ReviewReportFactory

# Orders are written by hand here, without what checkout makes around them.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    for factory in (HelpfulVoteFactory, ReviewImageFactory, ReviewReportFactory):
        factory.create_batch(5)

    for page in ("review", "reviewreport", "reviewimage", "helpfulvote"):
        with django_assert_max_num_queries(8):
            assert console.get(f"/admin/reviews/{page}/").status_code == 200


def test_reviews_can_be_looked_at_but_not_changed(console):
    review = ReviewReportFactory().review
    url = f"/admin/reviews/review/{review.pk}/change/"

    assert "Vải mềm" in console.get(url).content.decode()
    assert console.post(url, {"rating": 1}).status_code == 403
    assert console.post(f"/admin/reviews/review/{review.pk}/delete/").status_code == 403

    assert Review.objects.get().rating == 5


@pytest.mark.parametrize("page", ["review", "reviewreport", "helpfulvote"])
def test_search_finds_by_the_author(console, page):
    vote, report = HelpfulVoteFactory(), ReviewReportFactory()
    user = {"review": vote.review.user, "helpfulvote": vote.user, "reviewreport": report.user}[page]

    for text in (user.email, user.phone_number):
        response = console.get(f"/admin/reviews/{page}/", {"q": text})
        assert len(response.context["cl"].result_list) == 1
