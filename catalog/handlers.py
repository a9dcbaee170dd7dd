"""What follows from the catalogue's own events."""

from catalog.events import ImageAdded
from catalog.services.images import make_image_renditions
from marketplace.common.outbox.registry import handles


@handles(ImageAdded, external=True)
def make_renditions_of_image(event: ImageAdded) -> None:
    """Make the smaller copies of a new image."""
    make_image_renditions(event.image_id)
