from uuid import UUID

from celery import shared_task

from catalog.search.analytics import flush_counts
from catalog.search.tiers import refresh_tiers
from catalog.services import renditions
from catalog.services.images import make_image_renditions
from marketplace.common.files.tasks import IMAGE_TASK, resize_task
from marketplace.common.jobs import JobResult
from marketplace.common.memory import bounded_memory


@shared_task(name="catalog.flush_counts")
def flush_counts_task() -> JobResult:
    return flush_counts()


@shared_task(name="catalog.refresh_search_tiers")
def refresh_search_tiers_task() -> JobResult:
    return refresh_tiers()


@shared_task(name="catalog.render_image", **IMAGE_TASK)
def render_image_task(image_id: str) -> None:
    with bounded_memory():
        make_image_renditions(UUID(image_id))


@shared_task(name="catalog.make_renditions")
def make_renditions_task() -> int:
    """Have made what is missing: tasks that were lost with Redis or with their worker."""
    sent = 0
    for image_id in renditions.overdue_images():
        render_image_task.delay(str(image_id))
        sent += 1
    for model, row_id, column, name in renditions.overdue_columns():
        resize_task.delay(model, str(row_id), column, name)
        sent += 1
    return sent
