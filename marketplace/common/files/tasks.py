"""Celery's entries to what is done with files."""

from typing import Any, Final
from uuid import UUID

from celery import shared_task

from marketplace.common.files.collect import collect_unused_files
from marketplace.common.files.renditions import resize_stored
from marketplace.common.media import STORAGE_ERRORS
from marketplace.common.memory import bounded_memory

# One image takes a second or two. A task whose process was killed is not delivered again, as it
# may be the image that kills; the periodic run makes up for it.
IMAGE_TASK: Final[dict[str, Any]] = {
    "soft_time_limit": 60,
    "time_limit": 75,
    "reject_on_worker_lost": False,
    "autoretry_for": STORAGE_ERRORS,
    "retry_backoff": 2,
    "max_retries": 4,
}


@shared_task(name="files.collect_unused")
def collect_unused_task() -> int:
    return collect_unused_files().unused


@shared_task(name="files.resize_image", **IMAGE_TASK)
def resize_task(model: str, row_id: str, column: str, name: str) -> None:
    with bounded_memory():
        resize_stored(model, UUID(row_id), column=column, name=name)
