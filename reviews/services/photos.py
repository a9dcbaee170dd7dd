"""Photos of reviews."""

from collections.abc import Sequence

from marketplace.common.files.renditions import announce_image
from reviews.constants import MAX_PHOTOS
from reviews.errors import TooManyPhotos
from reviews.models import Review, ReviewImage

FOLDER = "reviews"


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
