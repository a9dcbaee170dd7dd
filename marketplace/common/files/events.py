"""Facts about stored images."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.common.outbox.events import Event


@dataclass(frozen=True)
class ImageStored(Event):
    """A row points to a new image that is shown in one size: `model` is a label, `name` the file.

    The worker puts a rendition of the size that the model's `image_sides` says in its place.
    """

    topic = "files.image_stored"

    row_id: UUID
    model: str
    column: str
    name: str
