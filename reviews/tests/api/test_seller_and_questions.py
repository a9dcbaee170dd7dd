"""The shop's side of reviews and questions, and the asker's."""

import pytest

from accounts.tests.factories import UserFactory
from catalog.tests.factories import ProductFactory
from marketplace.common.outbox.models import OutboxEvent
from reviews.models import Question, Review
from reviews.services.moderation import hide_review
from reviews.services.replies import answer_question, reply_to_review
from reviews.tests.factories import QuestionFactory, ReviewFactory
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

REVIEWS, QUESTIONS = "/api/v1/seller/reviews", "/api/v1/seller/questions"


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_seller_lists_what_is_written_about_the_shops_goods(api_as, django_assert_num_queries):
    good = ReviewFactory(rating=5)
    bad = ReviewFactory(rating=1, order_item__variant=good.order_item.variant)
    hidden = ReviewFactory(order_item__variant=good.order_item.variant)
    ReviewFactory()
    reply_to_review(good.pk, actor=good.shop.owner, content="Cảm ơn bạn!")
    hide_review(hidden.pk, actor=UserFactory(), reason="Names a person.")
    seller = api_as(good.shop.owner)

    with django_assert_num_queries(3):  # the shop, the reviews, their images
        found = seller.get(REVIEWS)

    assert ids(found) == [str(bad.pk), str(good.pk)]
    assert ids(seller.get(f"{REVIEWS}?unanswered=true")) == [str(bad.pk)]
    assert ids(seller.get(f"{REVIEWS}?unanswered=false")) == [str(good.pk)]
    assert ids(seller.get(f"{REVIEWS}?rating=1")) == [str(bad.pk)]
    assert ids(seller.get(f"{REVIEWS}?rating=1&unanswered=false")) == []
    assert seller.get(f"{REVIEWS}?rating=9").status_code == 400


def test_seller_replies_and_replies_otherwise(api_as):
    review = ReviewFactory()
    seller = api_as(review.shop.owner)

    for content in ("Cảm ơn bạn!", "Hẹn gặp lại!"):
        response = seller.post(f"{REVIEWS}/{review.pk}/reply", {"content": content})
        assert response.status_code == 200
        assert response.json()["reply"]["content"] == content

    assert OutboxEvent.objects.filter(topic="reviews.replied").count() == 1


@pytest.mark.parametrize("content", ["", "  ", "x" * 2_001, None, 1])
def test_what_is_no_reply_is_refused(api_as, content):
    review = ReviewFactory()

    response = api_as(review.shop.owner).post(f"{REVIEWS}/{review.pk}/reply", {"content": content})

    assert response.status_code == 400
    assert Review.objects.get().reply == ""


def test_another_shop_says_nothing(api_as):
    review, question = ReviewFactory(), QuestionFactory()

    for who, status in ((ShopFactory().owner, 404), (UserFactory(), 403)):
        other = api_as(who)
        reply = other.post(f"{REVIEWS}/{review.pk}/reply", {"content": "Hả?"})
        answer = other.post(f"{QUESTIONS}/{question.pk}/answer", {"content": "Hả?"})
        assert (reply.status_code, answer.status_code) == (status, status)

    assert Review.objects.get().reply == ""
    assert Question.objects.get().answer == ""
    assert not OutboxEvent.objects.exists()


def test_suspended_shop_reads_but_does_not_speak(api_as):
    review, question = ReviewFactory(), QuestionFactory()
    Shop.objects.update(status="suspended")

    for row, url, call in ((review, REVIEWS, "reply"), (question, QUESTIONS, "answer")):
        seller = api_as(row.shop.owner)
        assert ids(seller.get(url)) == [str(row.pk)]
        assert seller.post(f"{url}/{row.pk}/{call}", {"content": "Hả?"}).status_code == 403


def test_question_is_asked_answered_and_shown(api, api_as):
    product, author = ProductFactory(), UserFactory(full_name="Trần Thị Bích")
    url = f"/api/v1/products/{product.slug}/questions"

    asked = api_as(author).post(url, {"content": "Có co không?\nCó phai không?"})
    assert asked.status_code == 201, asked.content
    seller = api_as(product.shop.owner)
    assert ids(seller.get(f"{QUESTIONS}?unanswered=true")) == [asked.json()["id"]]
    answered = seller.post(f"{QUESTIONS}/{asked.json()['id']}/answer", {"content": "Không."})
    assert answered.status_code == 200

    (row,) = api.get(url).json()["results"]
    assert (row["content"], row["author_name"]) == ("Có co không?\nCó phai không?", "Trần T. B.")
    assert row["answer"]["content"] == "Không."
    assert ids(seller.get(f"{QUESTIONS}?unanswered=true")) == []
    assert ids(api.get(f"{url}?answered=true")) == [row["id"]]
    assert ids(api.get(f"{url}?answered=false")) == []


def test_guests_read_and_do_not_ask(api):
    question = QuestionFactory()
    url = f"/api/v1/products/{question.product_id}/questions"

    assert ids(api.get(url)) == [str(question.pk)]
    assert api.get(url)["Cache-Control"]
    assert api.post(url, {"content": "Còn hàng không?"}).status_code == 401
    assert Question.objects.count() == 1


def test_what_is_no_question_is_refused(api_as):
    url = f"/api/v1/products/{ProductFactory().pk}/questions"
    author = api_as(UserFactory())

    for content in ("", " ", "x" * 1_001, None, 5):
        assert author.post(url, {"content": content}).status_code == 400

    assert not Question.objects.exists()


def test_asker_lists_changes_and_withdraws(api_as):
    question = QuestionFactory()
    author, url = api_as(question.user), f"/api/v1/questions/{question.pk}"

    assert ids(author.get("/api/v1/questions")) == [str(question.pk)]
    assert author.patch(url, {"content": "Vải gì?"}).json()["content"] == "Vải gì?"
    answer_question(question.pk, actor=question.shop.owner, content="Cotton.")
    late = author.patch(url, {"content": "Thôi"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "already_answered")
    assert author.delete(url).status_code == 409

    other = QuestionFactory(user=question.user)
    assert author.delete(f"/api/v1/questions/{other.pk}").status_code == 204
    assert ids(author.get("/api/v1/questions")) == [str(question.pk)]
    assert api_as(UserFactory()).get(url).status_code == 404


def test_reported_question_disappears(api, api_as, settings):
    settings.REPORTS_TO_HIDE = 2
    question = QuestionFactory()

    for _ in range(2):
        response = api_as(UserFactory()).post(
            f"/api/v1/questions/{question.pk}/report", {"reason": "Quảng cáo"}
        )
        assert response.status_code == 204

    assert ids(api.get(f"/api/v1/products/{question.product_id}/questions")) == []
