"""Writing, changing and deleting reviews, and what that does to ratings."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.models import Product
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import NotFound
from marketplace.common.files.renditions import image_sides
from marketplace.common.images import clean_image
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox, image_upload
from orders.constants import OrderStatus
from orders.tests.factories import place_one
from reviews.constants import Visibility
from reviews.errors import AlreadyReviewed, EditingEnded, NotDelivered, TooManyPhotos
from reviews.models import Review, ReviewImage
from reviews.selectors import rating_histogram, reviewable_item
from reviews.services.editing_photos import add_photos, delete_photo
from reviews.services.moderation import hide_review
from reviews.services.reviews import archive_review, create_review, update_review
from reviews.tests.factories import DeliveredItemFactory, ReviewFactory, delivered_order

pytestmark = pytest.mark.django_db


def ratings_of(variant):
    product = Product.objects.select_related("shop").get(pk=variant.product_id)
    return [
        (row.review_count, row.rating_sum, row.average_rating) for row in (product, product.shop)
    ]


def photo(side=300):
    return clean_image(image_upload("JPEG", size=(side, side)))


def test_review_of_a_delivered_item_counts_at_once():
    item = DeliveredItemFactory()

    review = create_review(
        item.pk, author=item.order.buyer, rating=4, title="Tốt", content="Đúng mô tả."
    )

    assert (review.product_id, review.shop_id) == (item.product_id, item.order.shop_id)
    assert (review.status, review.rating) == (Visibility.PUBLISHED, 4)
    assert ratings_of(item.variant) == [(1, 4, Decimal("4.00"))] * 2
    event = OutboxEvent.objects.get(topic="reviews.created")
    assert event.payload == {
        "review_id": str(review.pk),
        "product_id": str(item.product_id),
        "shop_id": str(item.order.shop_id),
        "user_id": str(item.order.buyer_id),
        "rating": 4,
    }


def test_mean_is_rounded_half_up_to_two_decimals():
    variant = VariantFactory()
    for rating in (5, 5, 4, 5, 4, 4, 5, 1):  # 33 / 8 = 4.125
        item = DeliveredItemFactory(variant=variant)
        create_review(item.pk, author=item.order.buyer, rating=rating)

    assert ratings_of(variant) == [(8, 33, Decimal("4.13"))] * 2
    assert rating_histogram(variant.product_id) == {5: 4, 4: 3, 3: 0, 2: 0, 1: 1}


def test_shop_is_rated_by_all_its_products():
    one = VariantFactory()
    other = VariantFactory(product__shop=one.shop)
    for variant, rating in ((one, 5), (other, 2)):
        item = DeliveredItemFactory(variant=variant)
        create_review(item.pk, author=item.order.buyer, rating=rating)

    assert ratings_of(one) == [(1, 5, Decimal("5.00")), (2, 7, Decimal("3.50"))]
    assert ratings_of(other) == [(1, 2, Decimal("2.00")), (2, 7, Decimal("3.50"))]


def test_item_is_reviewed_once():
    review = ReviewFactory()

    with pytest.raises(AlreadyReviewed):
        create_review(review.order_item_id, author=review.user, rating=1)

    assert Review.objects.get().rating == 5
    assert not OutboxEvent.objects.exists()


def test_item_stays_reviewed_when_its_review_was_deleted():
    review = ReviewFactory()
    archive_review(review.pk, author=review.user)

    with pytest.raises(AlreadyReviewed):
        create_review(review.order_item_id, author=review.user, rating=1)


@pytest.mark.parametrize(
    "status", [s for s in OrderStatus if s not in {OrderStatus.DELIVERED, OrderStatus.COMPLETED}]
)
@pytest.mark.breaks_invariants
def test_what_has_not_arrived_is_not_reviewed(status):
    order = place_one()
    type(order).objects.filter(pk=order.pk).update(status=status)
    OutboxEvent.objects.all().delete()

    with pytest.raises(NotDelivered):
        create_review(order.items.get().pk, author=order.buyer, rating=5, photos=[photo()])

    assert not Review.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_what_another_has_bought_is_not_there():
    item = DeliveredItemFactory()

    with pytest.raises(NotFound):
        create_review(item.pk, author=UserFactory(), rating=1)

    assert not Review.objects.exists()
    assert ratings_of(item.variant) == [(0, 0, Decimal(0))] * 2


def test_product_of_an_order_is_reviewed_variant_by_variant():
    one = VariantFactory()
    other = VariantFactory(product=one.product)
    buyer = UserFactory()
    order = delivered_order(buyer, one.shop, 200_000)
    items = [DeliveredItemFactory(order=order, variant=variant) for variant in (one, other)]
    names = {"order_id": order.pk, "product_id": one.product_id}

    for item in items:
        found = reviewable_item(buyer, **names)
        assert found == item
        create_review(found.pk, author=buyer, rating=5)

    with pytest.raises(AlreadyReviewed):
        reviewable_item(buyer, **names)


def test_change_moves_the_rating():
    review = ReviewFactory(rating=5)

    update_review(review.pk, author=review.user, rating=2, content="Rách sau một tuần.")

    review.refresh_from_db()
    assert (review.rating, review.content) == (2, "Rách sau một tuần.")
    assert review.edited_at is not None
    assert ratings_of(review.order_item.variant) == [(1, 2, Decimal("2.00"))] * 2


def test_change_to_the_same_is_none():
    review = ReviewFactory()

    update_review(review.pk, author=review.user, rating=review.rating, title=review.title)

    review.refresh_from_db()
    assert review.edited_at is None


def test_deleted_review_is_kept_and_does_not_count():
    review = ReviewFactory()

    archive_review(review.pk, author=review.user)

    review.refresh_from_db()
    assert review.archived_at is not None
    assert ratings_of(review.order_item.variant) == [(0, 0, Decimal(0))] * 2
    with pytest.raises(NotFound):
        update_review(review.pk, author=review.user, rating=1)
    with pytest.raises(NotFound):
        archive_review(review.pk, author=review.user)


def test_hidden_review_is_changed_and_deleted_without_counting():
    review = ReviewFactory(rating=5)
    other = ReviewFactory(rating=3, order_item__variant=review.order_item.variant)
    hide_review(review.pk, actor=UserFactory(), reason="Names a person.")

    update_review(review.pk, author=review.user, rating=1)
    archive_review(review.pk, author=review.user)

    assert ratings_of(other.order_item.variant) == [(1, 3, Decimal("3.00"))] * 2


@pytest.mark.parametrize("change", [update_review, archive_review, add_photos])
def test_after_thirty_days_a_review_stays_as_it_is(change):
    review = ReviewFactory()
    values = {update_review: {"rating": 1}, add_photos: {"photos": [photo()]}}.get(change, {})

    later = timezone.now() + timedelta(days=30, minutes=1)
    with time_machine.travel(later, tick=False), pytest.raises(EditingEnded):
        change(review.pk, author=review.user, **values)

    review.refresh_from_db()
    assert (review.rating, review.archived_at, review.image_count) == (5, None, 0)


@pytest.mark.parametrize("change", [update_review, archive_review])
def test_anothers_review_is_not_there(change):
    review = ReviewFactory()
    values = {"rating": 1} if change is update_review else {}

    with pytest.raises(NotFound):
        change(review.pk, author=UserFactory(), **values)

    review.refresh_from_db()
    assert (review.rating, review.archived_at) == (5, None)


def test_photos_are_stored_and_resized_by_the_worker():
    item = DeliveredItemFactory()

    review = create_review(
        item.pk, author=item.order.buyer, rating=5, photos=[photo(1_600), photo(50)]
    )
    uploaded = [image.file.name for image in review.images.all()]
    drain_outbox()

    side = image_sides(ReviewImage)["file"]
    names = [image.file.name for image in review.images.all()]
    assert [name.endswith(f".{side}.webp") for name in names] == [True, True]
    assert all(default_storage.exists(name) for name in names)
    assert not any(default_storage.exists(name) for name in uploaded)
    assert Review.objects.get().image_count == 2


def test_photos_of_a_review_that_is_refused_are_not_kept():
    review = ReviewFactory()
    before = (
        set(default_storage.listdir("reviews")[1]) if default_storage.exists("reviews") else set()
    )
    add_photos(review.pk, author=review.user, photos=[photo(), photo(), photo()])
    kept = set(default_storage.listdir("reviews")[1])

    with pytest.raises(TooManyPhotos):
        add_photos(review.pk, author=review.user, photos=[photo(), photo(), photo()])

    assert set(default_storage.listdir("reviews")[1]) == kept
    assert len(kept - before) == 3
    review.refresh_from_db()
    assert review.image_count == 3


def test_photo_is_taken_off_with_its_file(django_capture_on_commit_callbacks):
    review = ReviewFactory()
    first, second = add_photos(review.pk, author=review.user, photos=[photo(), photo()])

    with django_capture_on_commit_callbacks(execute=True):
        delete_photo(review.pk, first.pk, author=review.user)

    assert [image.pk for image in review.images.all()] == [second.pk]
    assert not default_storage.exists(first.file.name)
    review.refresh_from_db()
    assert review.image_count == 1
    with pytest.raises(NotFound):
        delete_photo(review.pk, second.pk, author=UserFactory())
