"""Changing the photos of a review that is there."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from marketplace.common.errors import NotFound
from marketplace.common.images import CleanImage
from marketplace.common.limits.services import check_limit
from marketplace.common.media import discard_file, stored_files
from reviews.constants import DAY_SECONDS, MAX_PHOTOS, PHOTO_UPLOADS_PER_DAY
from reviews.errors import TooManyPhotos
from reviews.models import Review, ReviewImage
from reviews.services._rows import page_changed
from reviews.services.photos import FOLDER, attach_photos
from reviews.services.reviews import lock_editable


def require_room_for_photos(review_id: UUID, *, author: User) -> None:
    """Refuse before anything is decoded what could not be attached anyway.

    Raises: NotFound; EditingEnded; TooManyPhotos; TooManyAttempts.
    """
    with transaction.atomic():
        if lock_editable(review_id, author).image_count >= MAX_PHOTOS:
            raise TooManyPhotos
    check_limit(
        "review_photos",
        str(author.pk),
        limit=PHOTO_UPLOADS_PER_DAY,
        window_seconds=DAY_SECONDS,
    )


def add_photos(review_id: UUID, *, author: User, photos: Sequence[CleanImage]) -> list[ReviewImage]:
    """Append photos to one's own review: all of them, or none.

    Locks: the review. Raises: NotFound; EditingEnded; TooManyPhotos; StorageUnavailable.
    Publishes: files.image_stored.
    """
    with stored_files(FOLDER, photos) as names:
        return _attach(review_id, author, names)


@transaction.atomic
def _attach(review_id: UUID, author: User, names: list[str]) -> list[ReviewImage]:
    review = lock_editable(review_id, author)
    images = attach_photos(review, names)
    _mark_edited(review)
    return images


@transaction.atomic
def delete_photo(review_id: UUID, image_id: UUID, *, author: User) -> None:
    """Take a photo off one's own review; its file goes once that is committed.

    Locks: the review. Raises: NotFound; EditingEnded.
    """
    review = lock_editable(review_id, author)
    image = review.images.filter(pk=image_id).first()
    if image is None:
        raise NotFound
    name = image.file.name or ""
    image.delete()
    review.image_count -= 1
    review.save(update_fields=["image_count"])
    _mark_edited(review)
    transaction.on_commit(partial(discard_file, name), robust=True)


def _mark_edited(review: Review) -> None:
    review.edited_at = timezone.now()
    review.save(update_fields=["edited_at", "updated_at"])
    page_changed(review)
