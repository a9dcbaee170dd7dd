"""`/reviews`: the author's side, votes and reports."""

import pytest
from django.core.files.storage import default_storage

from accounts.tests.factories import UserFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_upload
from orders.tests.factories import place_one
from reviews.models import HelpfulVote, Review, ReviewReport
from reviews.services.moderation import hide_review
from reviews.tests.factories import DeliveredItemFactory, ReviewFactory, ReviewImageFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/reviews"
OTHERS = [
    ("get", "", None),
    ("put", "", {"rating": 1}),
    ("patch", "", {"rating": 1}),
    ("delete", "", None),
]


def photo(name="a.png"):
    return image_upload("PNG", name=name, size=(80, 60))


def test_buyer_reviews_an_item(api_as):
    item = DeliveredItemFactory()
    body = {"order_item_id": str(item.pk), "rating": 5, "title": "Tốt", "content": "Rất\nđẹp."}

    response = api_as(item.order.buyer).post(URL, body)

    assert response.status_code == 201, response.content
    answer = response.json()
    assert (answer["rating"], answer["title"], answer["content"]) == (5, "Tốt", "Rất\nđẹp.")
    assert (answer["order_item_id"], answer["status"]) == (str(item.pk), "published")
    assert answer["product"]["id"] == str(item.product_id)
    assert api_as(item.order.buyer).post(URL, body).status_code == 409
    assert Review.objects.count() == 1


def test_buyer_names_a_product_and_its_order(api_as):
    item = DeliveredItemFactory()
    body = {"product_id": item.product_id, "order_id": item.order_id, "rating": 3}

    response = api_as(item.order.buyer).post(URL, body)

    assert response.status_code == 201, response.content
    assert response.json()["order_item_id"] == str(item.pk)
    again = api_as(item.order.buyer).post(URL, body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_reviewed")


def test_photos_come_along(api_as):
    item = DeliveredItemFactory()
    body = {"order_item_id": str(item.pk), "rating": "5", "images": [photo(), photo("b.png")]}

    response = api_as(item.order.buyer).post(URL, body, format="multipart")

    assert response.status_code == 201, response.content
    assert len(response.json()["images"]) == 2
    assert Review.objects.get().image_count == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"rating": 5}, "order_item_id"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": "5"}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 5, "product_id": "x"}, "product_id"),
        ({"rating": 5, "title": "x" * 151}, "title"),
        ({"rating": 5, "title": "a\nb"}, "title"),
        ({"rating": 5, "content": "x" * 5_001}, "content"),
    ],
)
def test_what_is_no_review_is_refused(api_as, body, field):
    item = DeliveredItemFactory()
    if "rating" in body and field != "order_item_id":
        body = {**body, "order_item_id": str(item.pk)}

    response = api_as(item.order.buyer).post(URL, body)

    assert response.status_code == 400
    assert field in [row["field"] for row in response.json()["error"]["details"]]
    assert not Review.objects.exists()


def test_photos_that_are_none_are_refused(api_as):
    item = DeliveredItemFactory()
    buyer = api_as(item.order.buyer)
    base = {"order_item_id": str(item.pk), "rating": "5"}
    broken = image_upload("PNG", content=b"\x89PNG\r\n")

    assert buyer.post(URL, {**base, "images": [broken]}, format="multipart").status_code == 400
    six = [photo(f"{n}.png") for n in range(6)]
    assert buyer.post(URL, {**base, "images": six}, format="multipart").status_code == 400
    assert buyer.post(URL, {**base, "rating": 5, "images": ["x"]}).status_code == 400
    assert not Review.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_what_is_not_theirs_or_has_not_come_is_not_reviewed(api_as):
    item, order = DeliveredItemFactory(), place_one()
    OutboxEvent.objects.all().delete()
    ours = {"order_item_id": str(item.pk), "rating": 1}
    on_its_way = {"order_item_id": str(order.items.get().pk), "rating": 1}

    foreign = api_as(UserFactory()).post(URL, ours)
    early = api_as(order.buyer).post(URL, on_its_way)

    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "not_found")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_delivered")
    assert not Review.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_list_has_ones_own_hidden_ones_too_and_no_deleted_ones(api_as, django_assert_num_queries):
    review = ReviewFactory()
    hidden, deleted = (
        ReviewFactory(order_item=DeliveredItemFactory(buyer=review.user)) for _ in range(2)
    )
    ReviewFactory()
    ReviewImageFactory(review=review)
    hide_review(hidden.pk, actor=UserFactory(), reason="Names a person.")
    buyer = api_as(review.user)
    buyer.delete(f"{URL}/{deleted.pk}")

    with django_assert_num_queries(2):
        rows = buyer.get(URL).json()["results"]

    assert [(row["id"], row["status"], row["status_reason"]) for row in rows] == [
        (str(hidden.pk), "hidden", "Names a person."),
        (str(review.pk), "published", ""),
    ]
    assert buyer.get(f"{URL}/{deleted.pk}").status_code == 404


def test_author_changes_and_deletes(api_as):
    review = ReviewFactory()
    author, url = api_as(review.user), f"{URL}/{review.pk}"

    patched = author.patch(url, {"rating": 2}).json()
    assert (patched["rating"], patched["title"]) == (2, review.title)
    put = author.put(url, {"rating": 3}).json()
    assert (put["rating"], put["title"], put["content"]) == (3, "", "")
    assert put["edited_at"] is not None
    assert author.put(url, {"title": "Không sao"}).status_code == 400
    assert author.delete(url).status_code == 204
    assert author.get(url).status_code == 404
    assert author.delete(url).status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), OTHERS)
def test_anothers_review_answers_404(api_as, method, path, body):
    review = ReviewFactory()
    before = Review.objects.values().get()

    for other in (UserFactory(), review.shop.owner):
        response = getattr(api_as(other), method)(f"{URL}/{review.pk}{path}", body)
        assert response.status_code == 404

    assert Review.objects.values().get() == before


@pytest.mark.parametrize("field", ["status", "helpful_count", "reply", "user", "product_id"])
def test_nobody_sets_what_is_not_theirs(api_as, field):
    review = ReviewFactory()
    before = Review.objects.values(field).get()

    response = api_as(review.user).patch(f"{URL}/{review.pk}", {field: "hidden"})

    assert response.status_code == 200
    assert Review.objects.values(field).get() == before


def test_votes_are_given_and_taken_back(api_as):
    review = ReviewFactory()
    voter, url = api_as(UserFactory()), f"{URL}/{review.pk}/helpful"

    for _ in range(2):
        response = voter.post(url)
        assert response.status_code == 200
        assert response.json() == {"helpful_count": 1, "is_helpful": True}
    assert voter.delete(url).json() == {"helpful_count": 0, "is_helpful": False}
    own = api_as(review.user).post(url)

    assert (own.status_code, own.json()["error"]["code"]) == (409, "own_content")
    assert not HelpfulVote.objects.exists()


def test_report_is_taken_once_and_says_nothing(api_as):
    review = ReviewFactory()
    reporter, url = api_as(UserFactory()), f"{URL}/{review.pk}/report"

    for _ in range(2):
        response = reporter.post(url, {"reason": "Quảng cáo"})
        assert (response.status_code, response.content) == (204, b"")
    assert reporter.post(url, {}).status_code == 400
    assert reporter.post(url, {"reason": " "}).status_code == 400

    assert ReviewReport.objects.count() == 1


def test_of_what_is_not_public_nothing_can_be_said(api_as):
    review = ReviewFactory()
    hide_review(review.pk, actor=UserFactory(), reason="Names a person.")
    other = api_as(UserFactory())

    assert other.post(f"{URL}/{review.pk}/helpful").status_code == 404
    assert other.delete(f"{URL}/{review.pk}/helpful").status_code == 404
    assert other.post(f"{URL}/{review.pk}/report", {"reason": "x"}).status_code == 404


def test_photos_are_added_and_taken_off(api_as):
    review = ReviewFactory()
    author, url = api_as(review.user), f"{URL}/{review.pk}/images"

    added = author.post(url, {"images": [photo(), photo("b.png")]}, format="multipart")
    assert added.status_code == 201, added.content
    first, second = added.json()
    beyond = author.post(url, {"images": [photo(f"{n}.png") for n in range(4)]}, format="multipart")
    assert (beyond.status_code, beyond.json()["error"]["code"]) == (409, "too_many_images")
    assert author.delete(f"{url}/{first['id']}").status_code == 204
    assert author.delete(f"{url}/{first['id']}").status_code == 404

    other = api_as(UserFactory())
    assert other.delete(f"{url}/{second['id']}").status_code == 404
    assert other.post(url, {"images": [photo()]}, format="multipart").status_code == 404
    assert [image.pk.hex for image in review.images.all()] == [second["id"].replace("-", "")]
    assert default_storage.exists(review.images.get().file.name)


def test_full_review_takes_no_more_photos_and_decodes_none(api_as):
    review = ReviewFactory()
    ReviewImageFactory.create_batch(5, review=review)

    response = api_as(review.user).post(
        f"{URL}/{review.pk}/images",
        {"images": [image_upload("PNG", content=b"none")]},
        format="multipart",
    )

    assert (response.status_code, response.json()["error"]["code"]) == (409, "too_many_images")


def test_export_has_what_one_has_written(api_as):
    review = ReviewFactory(content="Chỉ của tôi")
    ReviewFactory(content="Của người khác")

    exported = api_as(review.user).get("/api/v1/profile/export").json()

    assert [row["content"] for row in exported["reviews"]] == ["Chỉ của tôi"]
    assert exported["questions"] == []
