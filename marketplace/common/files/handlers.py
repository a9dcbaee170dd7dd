"""What the worker does with new images. External: outside any transaction, at least once."""

from marketplace.common.files.events import ImageStored
from marketplace.common.files.tasks import resize_task
from marketplace.common.outbox.registry import handles


@handles(ImageStored, external=True)
def resize_image(event: ImageStored) -> None:
    """Have a rendition put in the place of the image that was uploaded, by a task of its own."""
    resize_task.delay(event.model, str(event.row_id), event.column, event.name)
