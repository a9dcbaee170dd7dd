from celery import shared_task

from catalog.search.analytics import flush_counts


@shared_task(name="catalog.flush_counts")
def flush_counts_task() -> None:
    flush_counts()
