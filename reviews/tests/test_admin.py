import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from reviews.models import Review
from reviews.tests.factories import (
    HelpfulVoteFactory,
    QuestionReportFactory,
    ReviewImageFactory,
    ReviewReportFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def console():
    client = Client()
    client.force_login(StaffFactory())
    return client


def test_lists_take_the_same_queries_for_any_number_of_rows(console, django_assert_max_num_queries):
    for factory in (HelpfulVoteFactory, ReviewImageFactory, ReviewReportFactory):
        factory.create_batch(5)

    QuestionReportFactory.create_batch(5)

    for page in (
        *("review", "reviewreport", "reviewimage", "helpfulvote"),
        *("question", "questionreport"),
    ):
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


@pytest.mark.parametrize(
    ("page", "make"), [("review", ReviewReportFactory), ("question", QuestionReportFactory)]
)
def test_what_was_reported_waits_and_is_decided_with_a_reason(console, page, make):
    report = make()
    row = getattr(report, page)
    url = f"/admin/reviews/{page}/"
    waiting = f'{url}queue/"><strong>1</strong>'
    assert waiting in console.get("/admin/").content.decode()
    assert [
        found.pk for found in console.get(f"{url}?report_count__gt=0").context["cl"].queryset
    ] == [row.pk]
    chosen = {"_selected_action": [row.pk]}

    asked = console.post(url, chosen | {"action": "hide"})
    assert "reason" in asked.content.decode()
    row.refresh_from_db()
    assert row.status == "published"
    console.post(url, chosen | {"action": "hide", "reason": "Advertises another site."})
    row.refresh_from_db()
    assert (row.status, row.status_reason) == ("hidden", "Advertises another site.")
    assert (row.report_count, row.decisions.get().actor.is_staff) == (0, True)
    assert waiting not in console.get("/admin/").content.decode()
    console.post(url, chosen | {"action": "publish", "reason": "A mistake."})

    row.refresh_from_db()
    assert row.status == "published"
    history = console.get(f"{url}{row.pk}/change/").content.decode()
    assert "Advertises another site." in history
    assert "A mistake." in history
