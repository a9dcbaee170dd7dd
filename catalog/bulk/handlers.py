"""What follows from an import's own events."""

from catalog.bulk.events import ImportEnded, ImportRequested
from catalog.bulk.tasks import run_imports_task
from marketplace.common.outbox.registry import handles


@handles(ImportRequested, external=True)
def start_import(event: ImportRequested) -> None:
    """Wake a worker; beat finds the import too, should that fail."""
    run_imports_task.delay()


@handles(ImportEnded, external=True)
def start_next_import(event: ImportEnded) -> None:
    """Wake a worker for whatever waited behind this one."""
    run_imports_task.delay()
