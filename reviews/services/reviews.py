"""Writing, changing and deleting one's own reviews."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from catalog.services.ratings import adjust_ratings
from marketplace.common.images import CleanImage
from marketplace.common.media import stored_files
from marketplace.common.outbox.services import publish
from orders.models import OrderItem
from reviews.errors import AlreadyReviewed, EditingEnded
from reviews.events import ReviewCreated
from reviews.models import Review
from reviews.selectors import reviewable_item
from reviews.services._rows import lock_own_review, page_changed
from reviews.services.photos import FOLDER, attach_photos


class ReviewText(TypedDict, total=False):
    rating: int
    title: str
    content: str


def create_review(
    order_item_id: UUID,
    *,
    author: User,
    rating: int,
    title: str = "",
    content: str = "",
    photos: Sequence[CleanImage] = (),
) -> Review:
    """Judge one delivered item of one's own, once; it is public and counts at once.

    The photos are stored before the transaction, and removed when there is no row for them.
    Locks: the product, then the shop. Raises: NotFound; NotDelivered; AlreadyReviewed;
    StorageUnavailable. Publishes: reviews.created, files.image_stored.
    """
    # Asked before anything is stored, and again by the constraint.
    reviewable_item(author, order_item_id=order_item_id)
    with stored_files(FOLDER, photos) as names:
        return _write(
            order_item_id, names, author=author, rating=rating, title=title, content=content
        )


@transaction.atomic
def _write(
    order_item_id: UUID, names: list[str], *, author: User, **text: Unpack[ReviewText]
) -> Review:
    item = reviewable_item(author, order_item_id=order_item_id)
    review = _insert(item, author, text)
    attach_photos(review, names)
    adjust_ratings(review.product_id, review.shop_id, reviews=1, stars=review.rating)
    publish(
        ReviewCreated(
            review_id=review.pk,
            product_id=review.product_id,
            shop_id=review.shop_id,
            user_id=review.user_id,
            rating=review.rating,
        )
    )
    return review


def _insert(item: OrderItem, author: User, text: ReviewText) -> Review:
    """Raises: AlreadyReviewed when another request was faster."""
    try:
        with transaction.atomic():
            return Review.objects.create(
                order_item=item,
                product_id=item.product_id,
                shop_id=item.order.shop_id,
                user=author,
                **text,
            )
    except IntegrityError as error:
        raise AlreadyReviewed from error


@transaction.atomic
def update_review(review_id: UUID, *, author: User, **changes: Unpack[ReviewText]) -> Review:
    """Change one's own review within the days for it; a hidden one stays hidden.

    Locks: the review, then the product and the shop. Raises: NotFound; EditingEnded.
    """
    review = lock_editable(review_id, author)
    before = review.rating
    changed = [name for name, value in changes.items() if getattr(review, name) != value]
    if not changed:
        return review
    for name in changed:
        setattr(review, name, changes[name])  # type: ignore[literal-required]
    review.edited_at = timezone.now()
    review.save(update_fields=[*changed, "edited_at", "updated_at"])
    if not review.is_public:
        return review
    if stars := review.rating - before:
        adjust_ratings(review.product_id, review.shop_id, reviews=0, stars=stars)
    else:
        page_changed(review)
    return review


@transaction.atomic
def archive_review(review_id: UUID, *, author: User) -> Review:
    """Delete one's own review within the days for it: it stays for staff alone.

    Locks: the review, then the product and the shop. Raises: NotFound; EditingEnded.
    """
    review = lock_editable(review_id, author)
    was_public = review.is_public
    review.archived_at = timezone.now()
    review.report_count = 0
    review.save(update_fields=["archived_at", "report_count", "updated_at"])
    review.reports.filter(decided_at=None).update(decided_at=review.archived_at)
    if was_public:
        adjust_ratings(review.product_id, review.shop_id, reviews=-1, stars=-review.rating)
    return review


def lock_editable(review_id: UUID, author: User) -> Review:
    """Lock a review that its author may still change. Raises: NotFound; EditingEnded."""
    review = lock_own_review(review_id, author)
    if timezone.now() > review.editable_until:
        raise EditingEnded
    return review
