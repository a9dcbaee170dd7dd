"""What the worker does with new images. External: outside any transaction, at least once."""

from marketplace.common.files.events import ImageStored
from marketplace.common.files.renditions import resize_stored
from marketplace.common.outbox.registry import handles


@handles(ImageStored, external=True)
def resize_image(event: ImageStored) -> None:
    """Put the rendition in the place of the image that was uploaded."""
    resize_stored(event.model, event.row_id, column=event.column, name=event.name)
