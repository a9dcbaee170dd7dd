"""`GET /products/{id}/reviews`: what everybody reads."""

import pytest
from django.db import connection

from accounts.models import User
from accounts.tests.factories import UserFactory
from catalog.models import Product
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7
from marketplace.edge.tests.conftest import Site
from orders.models import OrderItem
from reviews.models import Review
from reviews.services.moderation import hide_review
from reviews.services.replies import answer_question, reply_to_review
from reviews.services.reviews import archive_review, create_review
from reviews.services.votes import vote_helpful
from reviews.tests.factories import (
    DeliveredItemFactory,
    HelpfulVoteFactory,
    QuestionFactory,
    ReviewFactory,
    ReviewImageFactory,
)
from shops.models import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant():
    return VariantFactory()


@pytest.fixture
def url(variant):
    return f"/api/v1/products/{variant.product.slug}/reviews"


def review_of(variant, rating=5, **fields):
    return ReviewFactory(order_item__variant=variant, rating=rating, **fields)


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_review_is_shown_without_a_trace_of_its_author(api, variant, url):
    author = UserFactory(full_name="Nguyễn Văn An")
    item = DeliveredItemFactory(variant=variant, buyer=author)
    review = ReviewFactory(order_item=item, rating=4)
    image = ReviewImageFactory(review=review)

    body = api.get(url).json()

    assert body == {
        "results": [
            {
                "id": str(review.pk),
                "rating": 4,
                "title": "Rất tốt",
                "content": "Vải mềm, giao nhanh.",
                "author_name": "Nguyễn V. A.",
                "variant_name": "M",
                "images": [
                    {"id": str(image.pk), "url": body["results"][0]["images"][0]["url"]},
                ],
                "helpful_count": 0,
                "reply": None,
                "created_at": body["results"][0]["created_at"],
                "edited_at": None,
            }
        ],
        "next": None,
        "previous": None,
        "histogram": {"5": 0, "4": 1, "3": 0, "2": 0, "1": 0},
    }
    assert body["results"][0]["images"][0]["url"].endswith("/reviews/photo.webp")
    text = api.get(url).content.decode()
    for secret in (author.pk, author.email, author.phone_number, item.order_id, item.pk):
        assert str(secret) not in text


def test_closed_accounts_have_no_name(api, variant, url):
    review = review_of(variant)
    User.objects.filter(pk=review.user_id).update(
        full_name="Closed account", closed_at=review.created_at
    )

    assert api.get(url).json()["results"][0]["author_name"] == "Closed account"


def test_reply_stands_below(api, variant, url):
    review = review_of(variant)
    reply_to_review(review.pk, actor=review.shop.owner, content="Cảm ơn bạn!")
    review.refresh_from_db()

    reply = api.get(url).json()["results"][0]["reply"]

    assert reply["content"] == "Cảm ơn bạn!"
    assert set(reply) == {"content", "created_at"}


def test_orderings(api, variant, url):
    first, second, third = (review_of(variant, rating) for rating in (3, 5, 3))
    HelpfulVoteFactory.create_batch(2, review=first)
    HelpfulVoteFactory(review=second)

    def shown(ordering):
        return ids(api.get(url, {"ordering": ordering}))

    one, two, three = (str(review.pk) for review in (first, second, third))
    assert shown("newest") == ids(api.get(url)) == [three, two, one]
    assert shown("helpful") == [one, two, three]
    assert shown("rating") == [two, three, one]


def test_filters_leave_the_histogram_whole(api, variant, url):
    good, bad = review_of(variant, 5), review_of(variant, 2)
    ReviewImageFactory(review=bad)
    histogram = {"5": 1, "4": 0, "3": 0, "2": 1, "1": 0}

    for query, expected in (
        ({"rating": 5}, [good]),
        ({"rating": 2}, [bad]),
        ({"rating": 4}, []),
        ({"with_images": "true"}, [bad]),
        ({"with_images": "true", "rating": 5}, []),
        ({"with_images": "false"}, [bad, good]),
        ({"rating": ""}, [bad, good]),
    ):
        response = api.get(url, query)
        assert ids(response) == [str(review.pk) for review in expected], query
        assert response.json()["histogram"] == histogram


@pytest.mark.parametrize(
    "query", [{"rating": 6}, {"rating": "x"}, {"ordering": "worst"}, {"with_images": "maybe"}]
)
def test_filters_that_make_no_sense_are_refused(api, url, query):
    response = api.get(url, query)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == next(iter(query))


@pytest.mark.parametrize("ordering", ["newest", "helpful", "rating"])
def test_every_review_is_on_one_page_however_many_tie(api, variant, url, ordering):
    made = [review_of(variant, rating) for rating in (5, 5, 4, 5, 4, 5, 5)]
    seen, page = [], api.get(url, {"ordering": ordering, "limit": 3})

    seen += ids(page)
    while page.json()["next"]:
        page = api.get(page.json()["next"])
        seen += ids(page)

    assert sorted(seen) == sorted(str(review.pk) for review in made)


def test_hidden_deleted_and_other_products_reviews_are_not_there(api, variant, url):
    shown = review_of(variant)
    hidden, deleted = review_of(variant, 1), review_of(variant, 1)
    ReviewFactory()
    hide_review(hidden.pk, actor=UserFactory(), reason="Names a person.")
    archive_review(deleted.pk, author=deleted.user)

    response = api.get(url)

    assert ids(response) == [str(shown.pk)]
    assert response.json()["histogram"]["1"] == 0


@pytest.mark.parametrize("part", ["reviews", "questions"])
def test_of_a_product_that_is_not_public_nothing_is_shown(api, variant, part):
    review_of(variant)
    Shop.objects.filter(pk=variant.shop_id).update(status="suspended")

    assert api.get(f"/api/v1/products/{variant.product_id}/{part}").status_code == 404


def test_page_takes_four_statements_for_any_number_of_reviews(
    api, variant, url, django_assert_num_queries
):
    for count in (1, 5):
        for _ in range(count):
            ReviewImageFactory.create_batch(2, review=review_of(variant))
        with django_assert_num_queries(4):
            assert api.get(url).status_code == 200


def test_questions_take_two_statements(api, variant, django_assert_num_queries):
    QuestionFactory.create_batch(3, product=variant.product)

    with django_assert_num_queries(2):
        response = api.get(f"/api/v1/products/{variant.product_id}/questions")

    assert len(response.json()["results"]) == 3


@pytest.mark.breaks_invariants
def test_pages_are_ranges_of_indexes(api, url, variant):
    many_reviews(variant)
    expected = {
        "ordering=newest": "review_of_product",
        "ordering=helpful": "review_helpful",
        "ordering=rating": "review_by_rating",
        "rating=2": "review_by_rating",
        "with_images=true": "review_with_images",
    }

    for query, index in expected.items():
        plans = []

        def keep(execute, sql, params, many, context, plans=plans):
            if 'FROM "reviews_review"' in sql:
                with connection.connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN {sql}", params)
                    plans.append("\n".join(row[0] for row in cursor.fetchall()))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            assert len(ids(api.get(f"{url}?{query}"))) == 20
        page = plans[0]
        assert f"using {index} " in page, page
        assert "Sort" not in page, page


def many_reviews(variant):
    """Rows past the services, for plans: 4,000 of one product and 4,000 of another."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    first = ReviewFactory(order_item__variant=variant)
    other = ReviewFactory()
    for review in (first, other):
        items = OrderItem.objects.bulk_create(
            OrderItem(
                order_id=uuid7(),
                variant_id=variant.pk,
                product_id=review.product_id,
                unit_price_amount=1,
                quantity=1,
                line_total_amount=1,
            )
            for _ in range(4_000)
        )
        Review.objects.bulk_create(
            Review(
                order_item=items[n],
                product_id=review.product_id,
                shop_id=review.shop_id,
                user_id=review.user_id,
                rating=n % 5 + 1,
                helpful_count=n % 7,
                image_count=n % 3,
            )
            for n in range(4_000)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reviews_review, orders_orderitem")


@pytest.mark.django_db(transaction=True)
def test_stored_pages_are_dropped_by_whatever_changes_them(settings, request):
    settings.RATE_LIMIT_ENABLED = False
    site = Site()
    request.addfinalizer(site.close)
    variant = VariantFactory()
    item = DeliveredItemFactory(variant=variant)
    question = QuestionFactory(product=variant.product)
    reviews = f"/api/v1/products/{variant.product.slug}/reviews"
    questions = f"/api/v1/products/{variant.product_id}/questions"
    card = "/api/v1/products"

    assert site.get(reviews).json["results"] == []
    assert site.get(card).json["results"][0]["average_rating"] == 0
    review = create_review(item.pk, author=item.order.buyer, rating=4)
    assert len(site.get(reviews).json["results"]) == 1
    assert site.get(card).json["results"][0]["average_rating"] == 4
    vote_helpful(review.pk, voter=UserFactory())
    assert site.get(reviews).json["results"][0]["helpful_count"] == 1
    reply_to_review(review.pk, actor=variant.shop.owner, content="Cảm ơn bạn!")
    assert site.get(reviews).json["results"][0]["reply"]["content"] == "Cảm ơn bạn!"
    assert site.get(questions).json["results"][0]["answer"] is None
    answer_question(question.pk, actor=variant.shop.owner, content="Không co.")
    assert site.get(questions).json["results"][0]["answer"]["content"] == "Không co."
    hide_review(review.pk, actor=UserFactory(), reason="Names a person.")
    assert site.get(reviews).json["results"] == []
    assert site.get(card).json["results"][0]["review_count"] == 0

    for _ in range(3):
        passed = len(site.passed)
        site.get(reviews)
        site.get(questions)
    assert site.passed[passed:] == []
    assert Product.objects.get().review_count == 0
