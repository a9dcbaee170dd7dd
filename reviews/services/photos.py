"""Photos of reviews."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from marketplace.common.files.renditions import announce_image
from marketplace.common.images import CleanImage
from marketplace.common.media import discard_file, store_file
from reviews.constants import MAX_PHOTOS
from reviews.errors import TooManyPhotos
from reviews.models import Review, ReviewImage

_FOLDER = "reviews"


@contextmanager
def stored_photos(photos: Sequence[CleanImage]) -> Iterator[list[str]]:
    """Store photos, outside any transaction, and yield their names; undone when the body fails.

    Raises: StorageUnavailable.
    """
    names: list[str] = []
    try:
        for photo in photos:
            names.append(store_file(_FOLDER, photo))
        yield names
    except (OperationalError, InterfaceError):
        # The connection may have broken inside the commit: a file without a row does no harm, a
        # row without its file does.
        raise
    except BaseException:
        for name in names:
            discard_file(name)
        raise


def attach_photos(review: Review, names: Sequence[str]) -> list[ReviewImage]:
    """Append stored photos to a locked or new review. Raises: TooManyPhotos.

    Publishes: files.image_stored.
    """
    if not names:
        return []
    if review.image_count + len(names) > MAX_PHOTOS:
        raise TooManyPhotos
    last = max((image.position for image in review.images.all()), default=-1)
    images = ReviewImage.objects.bulk_create(
        ReviewImage(review=review, file=name, position=position)
        for position, name in enumerate(names, last + 1)
    )
    for image in images:
        announce_image(image, "file")
    review.image_count += len(names)
    review.save(update_fields=["image_count", "updated_at"])
    return images
