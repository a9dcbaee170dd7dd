from celery import shared_task

from marketplace.common.files.collect import collect_unused_files


@shared_task(name="files.collect_unused")
def collect_unused_task() -> None:
    collect_unused_files()
